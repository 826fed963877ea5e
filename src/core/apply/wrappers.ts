// Hosts around a host: one that refuses to change, one that tells each step, one that only pretends.
import type { CHANGING, Host, RunResult } from './host.ts';

/** A call that changed the host, as `create /etc/x` or `run update-grub`. */
export interface Call {
  readonly call: (typeof CHANGING)[number];
  readonly args: readonly string[];
}

/** Every call with `this` bound, so that a wrapper may replace some. */
function around(host: Host): Host {
  return {
    stat: (path) => host.stat(path),
    list: (path) => host.list(path),
    read: (path) => host.read(path),
    create: (path, bytes, attributes) => host.create(path, bytes, attributes),
    rename: (from, to) => host.rename(from, to),
    remove: (path) => host.remove(path),
    makeDir: (path, mode) => host.makeDir(path, mode),
    removeDir: (path) => host.removeDir(path),
    syncDir: (path) => host.syncDir(path),
    run: (argv) => host.run(argv),
    lock: (who) => host.lock(who),
    unlock: () => host.unlock(),
  };
}

/** Programs that only print something; the planner and verify may ask them. */
const ASKING = new Set(['lsinitramfs', 'lsinitrd', 'lsinitcpio', 'rpm-ostree status', 'rpm-ostree kargs']);

function asks(argv: readonly string[]): boolean {
  const [program = '', first] = argv;
  return ASKING.has(program) || (argv.length === 2 && ASKING.has(`${program} ${first}`));
}

/** Reads only: whatever would change the host is a bug of the caller. `plan`, `verify` and `--lint` see no other host. */
export function refusing(host: Host): Host {
  const refuse = (name: string) => (path: string | readonly string[]) => {
    throw new Error(`${name} ${String(path)}: this host is only to be read`);
  };
  return {
    ...around(host),
    create: refuse('create'),
    rename: refuse('rename'),
    remove: refuse('remove'),
    makeDir: refuse('makeDir'),
    removeDir: refuse('removeDir'),
    syncDir: refuse('syncDir'),
    run: (argv) => (asks(argv) ? host.run(argv) : refuse('run')(argv)),
  };
}

/** Calls `step` before and after each changing call: to print progress, to count, to be killed there by a test. */
export function watched(host: Host, step: (call: Call, when: 'before' | 'after') => void): Host {
  const wrapped = around(host);
  const watch = <A extends unknown[], R>(call: Call['call'], run: (...args: A) => R) =>
    ((...args: A) => {
      const shown: Call = { call, args: args.flat().filter((a) => typeof a === 'string') };
      step(shown, 'before');
      const result = run(...args);
      step(shown, 'after');
      return result;
    }) as (...args: A) => R;
  return {
    ...wrapped,
    create: watch('create', wrapped.create),
    rename: watch('rename', wrapped.rename),
    remove: watch('remove', wrapped.remove),
    makeDir: watch('makeDir', wrapped.makeDir),
    removeDir: watch('removeDir', wrapped.removeDir),
    syncDir: watch('syncDir', wrapped.syncDir),
    run: watch('run', wrapped.run),
  };
}

/** Files are real, commands are not: for a tree under --root. What would run goes to `print`. */
export function withoutCommands(host: Host, print: (argv: readonly string[]) => void): Host {
  return {
    ...around(host),
    run(argv): RunResult {
      print(argv);
      return { status: 0, output: '' };
    },
  };
}

/** Pretends: changes go to `print` and nowhere else; later reads do not see them. */
export function dryRun(host: Host, print: (call: Call) => void): Host {
  const nothing = (call: Call['call']) => (arg: string | readonly string[]) =>
    print({ call, args: [arg].flat() });
  return {
    ...around(host),
    create: nothing('create'),
    rename: (from, to) => print({ call: 'rename', args: [from, to] }),
    remove: nothing('remove'),
    makeDir: nothing('makeDir'),
    removeDir: nothing('removeDir'),
    syncDir: nothing('syncDir'),
    run(argv) {
      print({ call: 'run', args: argv });
      return { status: 0, output: '' };
    },
    lock: () => undefined,
    unlock: () => undefined,
  };
}
