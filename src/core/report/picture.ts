// The pictures of the HTML report, drawn from the data as inline SVG: the causal chain, and what happened when.
// Colours come from the classes of the style sheet, so that one drawing serves light, dark and paper.
import { type Block, type ChainStep, plain, type TimelineEvent } from './document.ts';
import { escapeHtml } from './escape.ts';
import { deviceList } from './words.ts';
import { wrap } from './wrap.ts';

const WIDTH = 460;
const STEP_IN = 26;
const PAD = 12;
const LINE = 18;
const SMALL = 15;

const flow = (text: string, columns: number) => wrap([text], columns, (t) => t);

function texts(lines: readonly string[], x: number, y: number, step: number, cls: string): string {
  return lines
    .map((l, i) => `<text class="${cls}" x="${x}" y="${y + i * step}">${escapeHtml(l)}</text>`)
    .join('');
}

interface Box {
  readonly x: number;
  readonly bottom: number;
  readonly depth: number;
}

/** Boxes from cause to consequence, indented by depth, with the reason beside each arrow. */
export function chainSvg(steps: readonly ChainStep[]): string {
  const boxes: Box[] = [];
  const parts: string[] = [];
  let y = 2;
  for (const step of steps) {
    const x = 2 + step.depth * STEP_IN;
    const width = WIDTH - x - 2;
    const columns = Math.floor((width - 2 * PAD) / 7.6);
    const title = flow(step.title, step.verdict ? Math.floor(columns * 0.86) : columns);
    const about = [...(step.devices.length > 0 ? [deviceList(step.devices)] : []), plain(step.lines)];
    const small = flow(about.filter((a) => a !== '').join('  ·  '), Math.floor((width - 2 * PAD) / 6.6));
    const reason = step.why ? flow(step.why, Math.floor((width - PAD) / 6.4)) : [];
    const parents = boxes.filter((b) => b.depth < step.depth);
    const parent = parents.at(-1);
    if (reason.length > 0 && parent) {
      y += 10;
      parts.push(texts(reason, x + PAD, y + 8, SMALL, 'reason'));
      y += reason.length * SMALL;
    } else if (boxes.length > 0) y += 8;
    y += 6;
    const height = 2 * PAD + title.length * LINE + small.length * SMALL - 6;
    // Several causes may have brought the verdict about; each gets its arrow.
    for (const from of step.verdict ? parents : parent ? [parent] : []) {
      const lane = from.x + STEP_IN / 2;
      const middle = y + height / 2;
      parts.push(
        `<path class="arrow" d="M${lane} ${from.bottom}V${middle}H${x - 3}"/>`,
        `<path class="head" d="M${x - 8} ${middle - 4.5}L${x - 0.5} ${middle}L${x - 8} ${middle + 4.5}z"/>`,
      );
    }
    parts.push(
      `<rect class="box${step.verdict ? ' verdict' : ''}" x="${x}" y="${y}" width="${width}" height="${height}" rx="7"/>`,
      texts(title, x + PAD, y + PAD + 12, LINE, step.verdict ? 'title verdict' : 'title'),
      texts(small, x + PAD, y + PAD + 10 + title.length * LINE, SMALL, 'small'),
    );
    boxes.push({ x, bottom: y + height, depth: step.depth });
    y += height;
  }
  const said = steps.map((s) => s.title).join(', which led to: ');
  return `<svg class="chain" viewBox="0 0 ${WIDTH} ${Math.ceil(y + 2)}" role="img" aria-label="${escapeHtml(`Causal chain: ${said}`)}">${parts.join('')}</svg>`;
}

type Timeline = Extract<Block, { kind: 'timeline' }>;

/** `65453.53` since boot, or the hour of the day on the wall clock. */
function clockText(at: number, clock: Timeline['clock']): string {
  if (clock === 'monotonic') return `${at.toFixed(3)} s`;
  const seconds = Math.floor(at) % 86_400;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const LANE = 30;
const LABEL = 74;

/** Long silences are shortened: the distance grows with the logarithm of the time. */
function places(times: readonly number[]): Map<number, number> {
  const at = new Map<number, number>();
  let x = 0;
  let before: number | undefined;
  for (const t of [...new Set(times)].sort((a, b) => a - b)) {
    if (before !== undefined) x += 9 + 16 * Math.log10(1 + (t - before) * 20);
    at.set(t, x);
    before = t;
  }
  const scale = (WIDTH - LABEL - 24) / Math.max(x, 1);
  for (const [t, place] of at) at.set(t, LABEL + 10 + place * (x === 0 ? 0 : scale));
  return at;
}

function mark(e: TimelineEvent, x: number, y: number, clock: Timeline['clock']): string {
  const times = e.count > 1 ? `, ${e.count} times` : '';
  const said = `${clockText(e.at, clock)}: ${e.title}${times} (${e.label})`;
  return `<circle class="event ${e.tone}" cx="${x.toFixed(1)}" cy="${y}" r="${e.count > 1 ? 7 : 5.5}"><title>${escapeHtml(said)}</title></circle>`;
}

/** One lane for each device; the list below says in words what the dots show. */
export function timelineSvg({ lanes, clock }: Timeline): string {
  const all = lanes.flatMap((l) => l.events);
  const place = places(all.map((e) => e.at));
  const height = lanes.length * LANE + 26;
  const parts = lanes.map((lane, i) => {
    const y = 16 + i * LANE;
    const events = lane.events.map((e) => mark(e, place.get(e.at) ?? LABEL, y, clock)).join('');
    return `<text class="lane" x="2" y="${y + 4}">${escapeHtml(lane.label)}</text><path class="rail" d="M${LABEL} ${y}H${WIDTH - 4}"/>${events}`;
  });
  const times = [...place.keys()];
  const [first, last] = [times[0], times.at(-1)];
  const ticks = [
    ...(first !== undefined
      ? [`<text class="small" x="${LABEL}" y="${height - 4}">${clockText(first, clock)}</text>`]
      : []),
    ...(last !== undefined && last !== first
      ? [
          `<text class="small" text-anchor="end" x="${WIDTH - 4}" y="${height - 4}">${clockText(last, clock)}</text>`,
        ]
      : []),
  ];
  const svg = `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Events of each device in the order of time; the list below says the same">${parts.join('')}${ticks.join('')}</svg>`;
  const rows = lanes
    .flatMap((lane) => lane.events.filter((e) => !e.again).map((e) => ({ lane: lane.label, ...e })))
    .sort((a, b) => a.at - b.at || a.no - b.no)
    .slice(0, 24)
    .map(
      (e) =>
        `<tr><td class="time">${clockText(e.at, clock)}</td><td><span class="dot ${e.tone}"></span> ${escapeHtml(e.title)}${e.count > 1 ? ` <span class="muted">${e.count}×</span>` : ''}</td><td><code>${escapeHtml(e.lane)}</code></td></tr>`,
    );
  return `<figure>${svg}<div class="wide" tabindex="0" role="region" aria-label="events"><table class="events"><thead><tr><th scope="col">when</th><th scope="col">what</th><th scope="col">device</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></figure>`;
}
