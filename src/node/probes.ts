// The few facts that no file holds and a command must give, each with a time limit. A bundle keeps their output as files
// below PROBES_DIR, so the reader asks for them as for any file. lspci is not among them: it reads the config space of every
// device and wakes the sleeping ones; the same listing is made from sysfs instead.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import type { Answer } from '../core/host/tree.ts';

export const PROBES_DIR = '/pt-doctor';

interface Probe {
  /** The first command that exists and succeeds gives the answer. */
  readonly commands: () => readonly (readonly string[])[];
  readonly timeout: number;
}

const firstFile = (names: readonly string[]) => names.filter((name) => existsSync(name)).slice(0, 1);

/** The images of the running kernel: Debian and Ubuntu, Fedora and openSUSE, Arch. */
function images(): string[] {
  const known = [
    `/boot/initrd.img-${release()}`,
    `/boot/initramfs-${release()}.img`,
    `/boot/initrd-${release()}`,
  ];
  let arch: string[] = [];
  try {
    arch = readdirSync('/boot')
      .filter((n) => /^initramfs-linux.*(?<!fallback)\.img$/.test(n))
      .map((n) => `/boot/${n}`);
  } catch {
    // An unreadable /boot: the known names are tried all the same.
  }
  return firstFile([...known, ...arch]);
}

const PROBES: Readonly<Record<string, Probe>> = {
  initramfs: {
    timeout: 20_000,
    commands: () =>
      images().flatMap((image) => [
        ['lsinitramfs', image],
        ['lsinitcpio', image],
        ['lsinitrd', image],
      ]),
  },
  pveversion: { timeout: 8000, commands: () => [['pveversion', '-v']] },
  'qemu-version': {
    timeout: 5000,
    commands: () => [
      ['kvm', '--version'],
      ['qemu-system-x86_64', '--version'],
      ['/usr/libexec/qemu-kvm', '--version'],
    ],
  },
  'libvirt-version': {
    timeout: 5000,
    commands: () => [
      ['libvirtd', '--version'],
      ['virtqemud', '--version'],
    ],
  },
  'boot-tool': { timeout: 8000, commands: () => [['proxmox-boot-tool', 'status']] },
  efibootmgr: { timeout: 5000, commands: () => [['efibootmgr', '-v']] },
  uname: { timeout: 2000, commands: () => [['uname', '-a']] },
};

export const PROBE_NAMES: readonly string[] = Object.keys(PROBES);

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when the command was ended by a signal. */
  readonly code: number | undefined;
  readonly missing: boolean;
  readonly late: boolean;
}

/** Runs a command without a shell, in the C locale; ends it after `timeout` ms or `limit` bytes of output. */
function runCommand(argv: readonly string[], timeout: number, limit = 16 << 20): Promise<Ran> {
  const [command = '', ...args] = argv;
  return new Promise((done) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
    });
    let [stdout, stderr, size, late] = ['', '', 0, false];
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      size += text.length;
      if (size > limit) child.kill('SIGKILL');
      else stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < 4096) stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      done({ stdout, stderr: error.message, code: undefined, missing: error.code === 'ENOENT', late });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ stdout, stderr, code: code ?? undefined, missing: false, late });
    });
  });
}

const running = new Map<string, Promise<Answer<string>>>();

async function run(name: string): Promise<Answer<string>> {
  const probe = PROBES[name];
  if (!probe) return { unread: 'absent', why: 'no such probe' };
  const commands = probe.commands();
  let failure: Answer<string> = { unread: 'absent', why: 'no command on this host gives it' };
  for (const argv of commands) {
    const ran = await runCommand(argv, probe.timeout);
    if (ran.code === 0 && ran.stdout !== '') return { value: ran.stdout };
    if (ran.missing) continue;
    const denied = /permission denied|must be root|not permitted/i.test(ran.stderr);
    failure = ran.late
      ? { unread: 'timeout', why: `${argv[0]} gave no answer within ${probe.timeout / 1000} s` }
      : {
          unread: denied ? 'denied' : 'error',
          why: `${argv[0]}: ${ran.stderr.trim().split('\n')[0] || `exit ${ran.code}`}`,
        };
  }
  return failure;
}

/** The output of a named probe; each runs once in the life of the program. */
export function runProbe(name: string): Promise<Answer<string>> {
  let asked = running.get(name);
  if (!asked) {
    asked = run(name);
    running.set(name, asked);
  }
  return asked;
}
