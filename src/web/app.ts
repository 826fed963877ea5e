// The page: what was pasted or dropped is diagnosed, shown beside its log, and made ready to post.
import type { Result, RuleBase } from '../core/model.ts';
import { compose } from '../core/report/compose.ts';
import { htmlBody } from '../core/report/html.ts';
import { counted } from '../core/report/words.ts';
import { type PackedRules, unpackRules } from '../core/rules/packed.ts';
import { diagnose, type Input, SMALL, sizeOf } from './diagnose.ts';
import { $, field, hide } from './dom.ts';
import { EXAMPLES } from './examples.ts';
import { createExplain } from './explain-view.ts';
import { createIntake } from './intake.ts';
import { createReportView } from './report-view.ts';
import { createShare } from './share-view.ts';
import { unpack } from './unpack.ts';
import { diagnoseInWorker } from './worker.ts';

function listCauses({ causes }: RuleBase): void {
  $('causes').replaceChildren(
    ...[...causes.values()]
      .sort((a, b) => a.title.localeCompare(b.title))
      .map(({ id, title }) => {
        const link = document.createElement('a');
        link.href = `#${id}`;
        link.textContent = title;
        const item = document.createElement('li');
        item.append(link);
        return item;
      }),
  );
}

/** Diagnoses an example out of sight, so that everything is compiled when the first paste comes. */
async function warmUp(base: RuleBase, version: string): Promise<void> {
  const [example] = EXAMPLES;
  if (!example) return;
  const inputs = Object.entries(example.files).map(([name, content]) => ({ name, content }));
  const result = await diagnose(base, inputs);
  htmlBody(compose(result, base, { version, view: 'page' }));
}

export async function startPage(version: string): Promise<void> {
  const script = $('app').textContent ?? '';
  const status = $('status');
  const base = unpackRules(JSON.parse(await unpack('rules')) as PackedRules);
  const report = createReportView(base, version);
  const share = createShare(base, version);
  createExplain(base);
  listCauses(base);
  let running: AbortController | undefined;

  function say(text: string, bad = false) {
    status.textContent = text;
    status.className = bad ? 'bad' : '';
  }

  function nothing() {
    hide('result', true);
    document.body.classList.remove('has-result');
    say('');
  }

  async function run(inputs: readonly Input[]): Promise<void> {
    running?.abort();
    const job = new AbortController();
    running = job;
    const size = inputs.reduce((sum, i) => sum + sizeOf(i), 0);
    if (size === 0) return nothing();
    const small = size <= SMALL && inputs.every((i) => typeof i.content === 'string');
    const started = performance.now();
    if (!small) say(`Reading ${(size / 1e6).toFixed(1)} MB …`);
    let result: Result;
    try {
      result = small
        ? await diagnose(base, inputs)
        : await diagnoseInWorker(script, base, inputs, job.signal);
    } catch (error) {
      nothing();
      say(`This could not be read: ${(error as Error).message}`, true);
      return;
    }
    if (job.signal.aborted) return;
    // For whoever measures: what is left of the time below is the page being drawn.
    performance.measure('diagnosis', { start: started });
    const causes = result.diagnoses.length;
    hide('result', false);
    document.body.classList.add('has-result');
    field('text').placeholder = 'Paste more here';
    report.show(result, inputs);
    // What is to be posted can wait until the report is on the screen.
    setTimeout(() => share.show(result));
    const found = `${causes === 0 ? 'no cause' : counted(causes, 'cause')} found`;
    const took = Math.round(performance.now() - started);
    say(`${counted(result.input.lines, 'line')}, ${found}, in ${took} ms.`);
  }

  createIntake({
    examples: EXAMPLES,
    changed: (inputs) => void run(inputs),
  });
  document.documentElement.dataset.ready = 'yes';
  setTimeout(() => void warmUp(base, version), 30);
}
