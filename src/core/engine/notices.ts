// What a report says of the reading itself: what was left out, cut or guessed, and that a text is no log.
import type { Diagnosis, Notice, Result } from '../model.ts';
import { LINE_CAP } from '../text/envelope.ts';
import type { Examined } from './examine.ts';

/** The notices of what should have been read and was not: a log of the host, a file that was given. */
export const LOG_UNREAD = 'log-unread';
export const FILE_UNREAD = 'file-unread';
/** A check of the host at hand says that passthrough cannot work. */
export const CHECK_FAILED = 'check-failed';

/** Whether something may stand where nobody has looked: nothing found there means little. */
export const isPartial = ({ notices }: Pick<Result, 'notices'>): boolean =>
  notices.some(({ code }) => code === LOG_UNREAD || code === FILE_UNREAD);

/** How the lines were read. */
export interface Reading {
  readonly lines: number;
  /** Lines that are of a log, by their envelope or by what they say. */
  readonly understood: number;
  /** Lines of which only the beginning and the end were looked at. */
  readonly capped: number;
  /** Boots that were left out. */
  readonly older: number;
}

/** The lines by whose words causes were guessed. */
export const guessedFrom = (diagnoses: readonly Diagnosis[]): ReadonlySet<number> =>
  new Set(diagnoses.flatMap((d) => d.evidence.flatMap((e) => (e.rule === 'words' ? e.lines : []))));

export function noticesOf(
  { facts, findings, diagnoses }: Examined,
  { lines, understood, capped, older }: Reading,
): Notice[] {
  const notices: Notice[] = [];
  const say = (code: string, text: string) => void notices.push({ code, text });
  if (
    facts.passthrough === 'absent' &&
    diagnoses.length === 0 &&
    findings.some((f) => f.severity === 'error')
  )
    say(
      'no-passthrough',
      'nothing in this log shows a guest or a device given to one, so the errors of the host are not taken for a failed passthrough; add the log of the start of the guest',
    );
  if (capped > 0)
    say(
      'long-lines',
      `${capped} line${capped === 1 ? ' is' : 's are'} longer than ${LINE_CAP} characters; only the beginning and the end were looked at`,
    );
  if (older > 0) say('old-boots', `${older} older boots were left out`);
  if (guessedFrom(diagnoses).size > 0)
    say(
      'by-words',
      'no rule knows a line of this text: the causes are guessed from its words; a log tells more: dmesg, journalctl -k, the task log, lspci -nnk',
    );
  else if (lines > 0 && understood === 0)
    say(
      'no-log',
      'no line looks like one of the kernel, QEMU, libvirt or Proxmox VE; pipe in the output of dmesg, journalctl -k, the task log or lspci -nnk',
    );
  return notices;
}
