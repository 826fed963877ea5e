// The report as text for the place chosen, private data masked, to copy or to save.
import type { Result, RuleBase } from '../core/model.ts';
import { escapeHtml } from '../core/report/escape.ts';
import { sizeOf } from '../core/report/fit.ts';
import { htmlFile } from '../core/report/html-file.ts';
import { FORMATS, PLACES, type Place } from '../core/report/places.ts';
import { post, type ShareOptions, shareable } from '../core/report/share.ts';
import { $, field } from './dom.ts';

const TARGETS: readonly (readonly [string, Place])[] = [
  ...(Object.entries(PLACES) as [string, Place][]),
  ['markdown', FORMATS.markdown],
  ['text', FORMATS.text],
];

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Where a page may not use the clipboard, the selection still can.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function createShare(base: RuleBase, version: string) {
  const tabs = $('places');
  const mask = $('mask') as HTMLInputElement;
  let result: Result | undefined;
  let chosen = 0;
  let text = '';

  const options = (): ShareOptions => ({
    version,
    redact: mask.checked,
    also: field('also')
      .value.split(',')
      .map((w) => w.trim())
      .filter((w) => w !== ''),
  });

  function render() {
    const place = TARGETS[chosen]?.[1];
    if (!result || !place) return;
    text = post(result, base, place, options());
    const unit = place.limit?.unit ?? 'characters';
    const size = sizeOf(text, unit).toLocaleString('en');
    const of = place.limit ? ` of ${place.limit.size.toLocaleString('en')}` : '';
    $('size').textContent = `${size}${of} ${unit}`;
    $('preview').innerHTML = escapeHtml(text).replace(
      /&lt;(?:mac|uuid|serial|host|user|ip|secret|word)-\d+&gt;|&amp;lt;(?:mac|uuid|serial|host|user|ip|secret|word)-\d+&gt;/g,
      '<mark>$&</mark>',
    );
    const { masked } = shareable(result, base, 'share', options(), 0);
    $('masked').textContent = !mask.checked
      ? 'Nothing is masked.'
      : masked.length > 0
        ? `Masked: ${masked.join(', ')}. Read it once before you post it.`
        : 'Nothing private was recognised. Read it once before you post it.';
  }

  function choose(index: number, focus: boolean) {
    chosen = (index + TARGETS.length) % TARGETS.length;
    for (const [i, tab] of [...tabs.children].entries()) {
      tab.setAttribute('aria-selected', String(i === chosen));
      tab.setAttribute('tabindex', i === chosen ? '0' : '-1');
      if (i === chosen) {
        $('panel').setAttribute('aria-labelledby', tab.id);
        if (focus) (tab as HTMLElement).focus();
      }
    }
    render();
  }

  tabs.replaceChildren(
    ...TARGETS.map(([id, place], i) => {
      const tab = document.createElement('button');
      tab.type = 'button';
      tab.id = `tab-${id}`;
      tab.textContent = place.name;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', 'panel');
      tab.addEventListener('click', () => choose(i, false));
      return tab;
    }),
  );
  tabs.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) choose(chosen + step, true);
  });
  mask.addEventListener('change', render);
  field('also').addEventListener('input', render);
  $('copy').addEventListener('click', async () => {
    const done = await copy(text);
    $('copy').textContent = done ? 'Copied' : 'Select the text and copy it';
    setTimeout(() => {
      $('copy').textContent = 'Copy';
    }, 1500);
  });
  $('save').addEventListener('click', () => {
    if (!result) return;
    const file = new Blob([htmlFile(shareable(result, base, 'page', options()).document)], {
      type: 'text/html',
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = 'pt-doctor-report.html';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
  choose(0, false);

  return {
    show(next: Result) {
      result = next;
      render();
    },
  };
}
