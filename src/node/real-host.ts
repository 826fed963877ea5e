// The machine itself, or a tree under --root. Every write is on the disk before the call returns.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Attributes, type Entry, type Host, HostFault, type RunResult } from '../core/apply/host.ts';

/** Turns an errno into a fault of the host; anything else is a bug. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new HostFault(code, path, message.replace(/^[A-Z]+: |, [a-z]+ '.*$/g, ''));
  }
}

/** As guarded; undefined where there is no such file. */
function optional<T>(path: string, work: () => T): T | undefined {
  try {
    return guarded(path, work);
  } catch (error) {
    if (error instanceof HostFault && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Owner, mode, ACLs, SELinux label and other xattrs of `from` for `to`: Node has no calls for xattrs, coreutils' cp has. Without it
 * (busybox) the permissions are set by hand.
 */
function copyAttributes(from: string, to: string): void {
  const copied = spawnSync('cp', ['--attributes-only', '--preserve=all', '--', from, to], {
    stdio: 'ignore',
  });
  const { mode, uid, gid } = statSync(from);
  if (copied.status !== 0) {
    const done = spawnSync('chown', [`${uid}:${gid}`, to], { stdio: 'ignore' });
    if (done.status !== 0 && process.getuid?.() === 0)
      throw Object.assign(new Error('its owner could not be kept'), { code: 'EPERM' });
  }
  const fd = openSync(to, 'r+');
  try {
    fchmodSync(fd, mode & 0o7777);
  } finally {
    closeSync(fd);
  }
  const now = new Date();
  utimesSync(to, now, now);
}

/** Start time of a process in clock ticks (field 22 of /proc/PID/stat): a number that is used again has another. */
function startTime(pid: number): string | undefined {
  const stat = optional('/proc', () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function isAlive(holder: string): boolean {
  const [pid = '', start] = holder.split(' ');
  return start !== undefined && startTime(Number(pid)) === start;
}

/** `root` is `/` for the running machine. Commands run only there; see withoutCommands for trees. */
export function realHost(root: string): Host {
  const at = (path: string) => (root === '/' ? path : join(root, path));
  const lockFolder = root === '/' ? '/run' : join(root, 'var/lib');
  const lockPath = join(lockFolder, '.pt-doctor.lock');
  return {
    stat: (path) =>
      optional(path, (): Entry => {
        const s = lstatSync(at(path));
        const kind = s.isFile() ? 'file' : s.isDirectory() ? 'dir' : s.isSymbolicLink() ? 'symlink' : 'other';
        return {
          kind,
          mode: s.mode & 0o7777,
          uid: s.uid,
          gid: s.gid,
          mtime: s.mtimeMs / 1000,
          ...(kind === 'symlink' ? { target: readlinkSync(at(path)) } : {}),
        };
      }),
    list: (path) => (optional(path, () => readdirSync(at(path))) ?? []).sort(),
    read: (path) => optional(path, () => readFileSync(at(path))),
    create: (path, bytes, attributes: Attributes) =>
      guarded(path, () => {
        const fd = openSync(at(path), 'wx', 'mode' in attributes ? attributes.mode : 0o600);
        try {
          writeFileSync(fd, bytes);
          if ('mode' in attributes) fchmodSync(fd, attributes.mode);
          else copyAttributes(at(attributes.like), at(path));
          fsyncSync(fd);
        } catch (error) {
          // A full disk leaves no half file.
          unlinkSync(at(path));
          throw error;
        } finally {
          closeSync(fd);
        }
      }),
    rename: (from, to) => guarded(to, () => renameSync(at(from), at(to))),
    remove: (path) => guarded(path, () => unlinkSync(at(path))),
    makeDir: (path, mode) => guarded(path, () => void mkdirSync(at(path), { mode })),
    removeDir: (path) => guarded(path, () => rmdirSync(at(path))),
    syncDir: (path) => guarded(path, () => syncFolder(at(path))),
    run(argv): RunResult {
      const [program = '', ...args] = argv;
      const done = spawnSync(program, args, {
        encoding: 'latin1',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...process.env,
          PATH: `/usr/local/sbin:/usr/sbin:/sbin:${process.env.PATH ?? '/usr/bin:/bin'}`,
          LC_ALL: 'C',
        },
      });
      const { code } = (done.error ?? {}) as NodeJS.ErrnoException;
      return {
        status: code === 'ENOENT' ? 127 : (done.status ?? 128),
        output: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? done.error.message : ''}`,
      };
    },
    lock: (who) => guarded(lockPath, () => takeLock(lockPath, who)),
    unlock: () => void optional(lockPath, () => unlinkSync(lockPath)),
  };
}

/** link() makes the lock with its content in one step; a lock whose holder is dead is moved aside and the try repeated. */
function takeLock(path: string, who: string): string | undefined {
  mkdirSync(join(path, '..'), { recursive: true });
  const mine = `${path}.${process.pid}`;
  const text = `${process.pid} ${startTime(process.pid)} ${who}`;
  try {
    writeFileSync(mine, text);
    for (let tries = 0; tries < 5; tries++) {
      try {
        linkSync(mine, path);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = optional(path, () => readFileSync(path, 'utf8'));
      if (holder === undefined) continue;
      if (isAlive(holder)) return `process ${holder.split(' ')[0]}: ${holder.split(' ').slice(2).join(' ')}`;
      const aside = `${mine}.stale`;
      if (optional(path, () => renameSync(path, aside)) === undefined && lexists(aside)) {
        // Someone else may have replaced the dead lock between the look and the rename: then it is put back.
        const moved = readFileSync(aside, 'utf8');
        if (moved !== holder) optional(path, () => linkSync(aside, path));
        unlinkSync(aside);
      }
    }
    return 'another process that keeps taking the lock';
  } finally {
    optional(mine, () => unlinkSync(mine));
  }
}

function lexists(path: string): boolean {
  return optional(path, () => lstatSync(path)) !== undefined;
}
