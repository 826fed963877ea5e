// `pt-doctor check`: is this host, a device of it, or a guest ready for passthrough?
import { readiness } from '../../core/host/check/check.ts';
import type { Check, Status } from '../../core/host/check/item.ts';
import type { HostState } from '../../core/host/read-host.ts';
import { wrap } from '../../core/report/wrap.ts';
import { shortBdf } from '../../core/text/bdf.ts';
import { sanitize } from '../../core/text/sanitize.ts';
import { UserError } from '../../core/user-error.ts';
import type { Context, ExitCode } from '../context.ts';
import { type HostOptions, hostOf, unreadWords } from '../host.ts';
import { paintFor } from '../paint.ts';
import { VERSION } from '../version.ts';

export interface CheckOptions extends HostOptions {
  readonly vm?: string;
}

const MARKS = { pass: 'pass', warn: 'WARN', fail: 'FAIL', unknown: ' ?  ' } as const satisfies Record<
  Status,
  string
>;

/** A VMID is a plain number, everything with a colon is an address. */
function asked(argument: string | undefined, vm: string | undefined) {
  if (vm !== undefined && argument !== undefined)
    throw new UserError(
      'check: a device or a guest, not both',
      'Use either check 01:00.0 or check --vm 100.',
    );
  if (vm !== undefined) return { guest: vm };
  if (argument === undefined) return {};
  return argument.includes(':') ? { device: argument } : { guest: argument };
}

function heading(state: HostState, subject: string): string {
  if (subject === 'host') {
    const { cpu, kernel, distributionName, board } = state.platform;
    const name = state.name === 'this host' ? (state.platform.hostname ?? 'this host') : state.name;
    return `${name}: ${[board, cpu, distributionName, kernel].filter(Boolean).join(', ') || 'nothing known'}`;
  }
  const device = state.pci.devices.get(subject);
  if (device) return `${shortBdf(subject)} ${device.name ?? ''}${device.id ? ` [${device.id}]` : ''}`;
  const guest = state.guests.list.find((g) => `guest ${g.id}` === subject);
  return guest
    ? `guest ${guest.id}${guest.name && guest.name !== guest.id ? ` (${guest.name})` : ''}, ${guest.file}`
    : subject;
}

export async function checkAction(
  context: Context,
  argument: string | undefined,
  options: CheckOptions,
): Promise<ExitCode> {
  const state = await hostOf(context, options.root);
  const { checks, verdict } = readiness(state, asked(argument, options.vm));
  const told = verdict ? verdict.starts !== 'unknown' : checks.some((c) => c.status !== 'unknown');
  const exit = checks.some((c) => c.status === 'fail') ? 1 : told ? 0 : 3;
  if (options.json) {
    const unread = unreadWords(state, 1000);
    const tool = { name: 'pt-doctor', version: VERSION };
    context.print(
      `${JSON.stringify({ schema: 1, tool, host: state.name, verdict, checks, unread }, null, 2)}\n`,
    );
    return exit;
  }
  const paint = await paintFor(context);
  const colors = { pass: paint.green, warn: paint.yellow, fail: paint.red.bold, unknown: paint.dim };
  const out: string[] = [];
  const left = 27;
  const width = Math.max(30, context.columns - left);
  const block = (check: Check) => {
    const cure = check.fix ? [`-> ${check.fix}`] : [];
    const more = check.cause ? [`   pt-doctor explain ${check.cause}`] : [];
    const why = wrap([sanitize(check.why)], width, (t) => t);
    const rest = cure.flatMap((t) => wrap([sanitize(t)], width, (s) => paint.cyan(s)));
    const title = wrap([sanitize(check.title)], left - 8, (t) => t);
    const right = [...why, ...rest, ...more.map((t) => paint.dim(t))];
    for (let i = 0; i < Math.max(right.length, title.length); i++) {
      const mark = i === 0 ? colors[check.status](MARKS[check.status]) : '    ';
      out.push(`  ${mark} ${(title[i] ?? '').padEnd(left - 7)}${right[i] ?? ''}`.trimEnd());
    }
  };
  let subject = '';
  for (const check of checks) {
    if (check.subject !== subject) {
      if (subject !== '') out.push('');
      subject = check.subject;
      out.push(...wrap([sanitize(heading(state, subject))], context.columns, (t) => paint.bold(t)));
    }
    block(check);
  }
  const count = (status: Status) => checks.filter((c) => c.status === status).length;
  out.push(
    '',
    `${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail, ${count('unknown')} unknown`,
  );
  for (const line of unreadWords(state))
    out.push(...wrap([sanitize(`not read: ${line}`)], context.columns, (t) => paint.dim(t)));
  if (verdict) {
    const name = sanitize(verdict.guest);
    const words = {
      yes: paint.green.bold(`Guest ${name} should start with its devices.`),
      no: paint.red.bold(`Guest ${name} will not start with its devices:`),
      unknown: paint.yellow.bold(`Whether guest ${name} will start cannot be told from here:`),
    };
    out.push('', words[verdict.starts]);
    for (const why of verdict.why)
      out.push(...wrap([sanitize(`- ${why}`)], context.columns - 2, (t) => t).map((l) => `  ${l}`));
  }
  context.print(`${out.join('\n')}\n`);
  return exit;
}
