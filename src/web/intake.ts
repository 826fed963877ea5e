// What comes in: text typed or pasted, files chosen or dropped, examples. Small plain files become text, so that the log can
// stand beside its report; large and zipped ones stay files, which a worker reads.
import { fileText, type Input, isBundle, SMALL } from './diagnose.ts';
import { $, button, field, hide } from './dom.ts';
import type { Example } from './examples.ts';

export interface Intake {
  readonly examples: readonly Example[];
  changed(inputs: readonly Input[]): void;
}

/** Typing is diagnosed after a pause; a paste at once. */
const PAUSE = 250;

/** What cannot be read stays a file: the diagnosis says why. */
async function asInput(file: File): Promise<Input> {
  const asFile = { name: file.name, content: file };
  if (file.size > SMALL) return asFile;
  try {
    if (await isBundle(file)) return asFile;
    let text = '';
    for await (const part of fileText(file)) {
      text += part;
      // A small file may unpack to a large one.
      if (text.length > SMALL) return asFile;
    }
    return { name: file.name, content: text };
  } catch {
    return asFile;
  }
}

export function createIntake({ examples, changed }: Intake): void {
  const text = field('text');
  const chooser = $('files') as HTMLInputElement;
  let files: Input[] = [];
  let timer = 0;

  function tell() {
    clearTimeout(timer);
    const pasted: Input[] = text.value.trim() === '' ? [] : [{ name: 'pasted', content: text.value }];
    hide('clear', pasted.length + files.length === 0);
    changed([...pasted, ...files]);
  }

  function chips() {
    $('chips').replaceChildren(
      ...files.map((file) => {
        const item = document.createElement('li');
        const remove = button('×', () => {
          files = files.filter((f) => f !== file);
          chips();
          tell();
        });
        remove.setAttribute('aria-label', `Remove ${file.name}`);
        item.append(file.name, remove);
        return item;
      }),
    );
  }

  async function add(list: readonly File[]) {
    const added = await Promise.all(list.map(asInput));
    files = [...files, ...added];
    chips();
    tell();
  }

  text.addEventListener('input', (event) => {
    clearTimeout(timer);
    const pasted = (event as InputEvent).inputType === 'insertFromPaste';
    if (pasted) tell();
    else timer = window.setTimeout(tell, PAUSE);
  });
  chooser.addEventListener('change', () => {
    void add([...(chooser.files ?? [])]);
    chooser.value = '';
  });
  $('clear').addEventListener('click', () => {
    text.value = '';
    files = [];
    chips();
    tell();
    text.focus();
  });
  $('examples').replaceChildren(
    ...examples.map((example) =>
      button(example.name, () => {
        text.value = '';
        files = Object.entries(example.files).map(([name, content]) => ({ name, content }));
        chips();
        tell();
      }),
    ),
  );

  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    hide('drop', false);
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) hide('drop', true);
  });
  addEventListener('drop', (event) => {
    hide('drop', true);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    void add([...(event.dataTransfer?.files ?? [])]);
  });
}
