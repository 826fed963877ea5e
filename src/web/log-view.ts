// The pasted log beside the report: every line numbered, evidence marked. Plain lines are text, only marked ones are
// elements, and chunks that are out of sight cost nothing. Of very long logs only the surroundings of the evidence stand here.
import type { Result } from '../core/model.ts';
import { escapeHtml } from '../core/report/escape.ts';
import { sanitize } from '../core/text/sanitize.ts';
import { shortened } from '../core/text/shorten.ts';
import type { Input } from './diagnose.ts';

const CHUNK = 200;
/** More lines than this are shown around the evidence only. */
const MOST = 20_000;
const WIDEST = 2000;

/** The lines that speak of a fault or a cause, by their number. */
function evidenceLines({ diagnoses, findings }: Result): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const d of diagnoses) for (const e of d.evidence) for (const no of e.lines) lines.add(no);
  for (const f of findings) if (f.severity === 'error') for (const no of f.lines) lines.add(no);
  return lines;
}

interface Numbered {
  readonly no: number;
  readonly shown: number;
  readonly text: string;
}

function chunk(lines: readonly Numbered[], marked: ReadonlySet<number>): string {
  const numbers = lines.map((l) => l.shown).join('\n');
  const text = lines
    .map((l) => {
      const safe = escapeHtml(sanitize(shortened(l.text, WIDEST)));
      return marked.has(l.no) ? `<a class="hit" id="L${l.no}" href="#R${l.no}">${safe || ' '}</a>` : safe;
    })
    .join('\n');
  return `<div class="chunk"><pre class="nos" aria-hidden="true">${numbers}</pre><pre class="txt">${text}</pre></div>`;
}

function whole(inputs: readonly Input[], marked: ReadonlySet<number>): string {
  const parts: string[] = [];
  let no = 1;
  for (const { name, content } of inputs) {
    if (typeof content !== 'string') continue;
    if (inputs.length > 1) parts.push(`<h3>${escapeHtml(name)}</h3>`);
    const texts = content.split('\n');
    if (texts.at(-1) === '') texts.pop();
    for (let i = 0; i < texts.length; i += CHUNK) {
      const lines = texts.slice(i, i + CHUNK).map((text, j) => ({ no: no + i + j, shown: i + j + 1, text }));
      parts.push(chunk(lines, marked));
    }
    no += texts.length;
  }
  return parts.join('');
}

function around({ raw, input }: Result, marked: ReadonlySet<number>): string {
  const parts: string[] = [];
  let run: Numbered[] = [];
  const starts: { name: string; first: number }[] = [];
  let first = 1;
  for (const { name, lines } of input.sources) {
    starts.push({ name, first });
    first += lines;
  }
  for (const [no, text] of raw.lines) {
    const start = starts.findLast((s) => s.first <= no)?.first ?? 1;
    const last = run.at(-1);
    if (last && last.no !== no - 1) {
      parts.push(chunk(run, marked), '<div class="gap">⋯</div>');
      run = [];
    }
    run.push({ no, shown: no - start + 1, text });
  }
  if (run.length > 0) parts.push(chunk(run, marked));
  return parts.join('');
}

/** HTML of the log: the whole of it as long as that is readable. */
export function logHtml(inputs: readonly Input[], result: Result): string {
  const marked = evidenceLines(result);
  const { lines, sources } = result.input;
  // A file that could not be read has nothing to show.
  const read = inputs.filter(({ name }) => !sources.some((s) => s.name === name && s.lines === 0));
  const complete = read.every((i) => typeof i.content === 'string') && lines <= MOST;
  return complete ? whole(read, marked) : around(result, marked);
}
