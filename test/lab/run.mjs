// `npm run test:lab`: the built pt-doctor on a Debian guest that really boots (GRUB, initramfs, emulated IOMMU). LAB is the
// folder of lab.sh; without it ../shared/lab is copied to a temporary folder and built there first. Prints what each boot did.
// `npm run test:lab -- reboot` runs one part only; the parts are reboot, undo and resume.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'pt-doctor-lab-'));
const lab = process.env.LAB ?? join(scratch, 'lab');
if (!process.env.LAB) cpSync(join(root, '../shared/lab'), lab, { recursive: true });
const asked = process.argv.slice(2);
const wants = (part) => asked.length === 0 || asked.includes(part);
const job = (name) => join(here, `${name}.sh`);

/** Runs a program, says how long it took, and answers whether it went well. */
function run(program, args) {
  const started = Date.now();
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${args.slice(0, 2).join(' ')}: exit ${status} after ${seconds} s`);
  return status === 0;
}
function must(program, args) {
  if (!run(program, args)) process.exit(1);
}

const sh = join(lab, 'lab.sh');
const slim = join(lab, 'build/slim.qcow2');
if (!existsSync(slim)) for (const step of [['deps'], ['build', '--no-612'], ['slim']]) must(sh, step);

const share = join(scratch, 'share');
mkdirSync(share);
cpSync(process.execPath, join(share, 'node'));
for (const file of ['pt-doctor.mjs', 'pt-doctor.data']) cpSync(join(root, 'dist', file), join(share, file));
cpSync(join(here, 'share.sh'), join(share, 'share.sh'));
const common = ['--share', share, '--timeout', '900'];
const failed = [];

/** What pt-doctor and the jobs said in one boot. */
function told(folder) {
  const log = join(folder, 'stdout.log');
  if (!existsSync(log)) return console.log(`   no output; see ${folder}`);
  const lines = readFileSync(log, 'utf8').split('\n');
  for (const l of lines.filter((l) =>
    /^(?:LAB:|Plan:|Done|Taken back|The plan|DRIFT|Refused|All \d|\d+ of \d)/.test(l),
  ))
    console.log(`   ${l}`);
}

function overlay(disk, below) {
  must('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', below, '-F', 'qcow2', disk]);
}

function boot(disk, name, out, more = []) {
  const place = ['--grub', '--fw', 'uefi', '--disk', disk, '--job', job(name), '--out', out];
  const ok = run(sh, ['boot', 'intel', ...place, ...common, ...more]);
  told(out);
  return ok;
}

if (wants('reboot')) {
  console.log('== apply, reboot, verify, undo, reboot');
  const out = join(scratch, 'reboot');
  const jobs = ['setup', 'verify', 'undo'].flatMap((name) => [`--${name}`, job(name)]);
  const ok = run(sh, ['reboot-test', 'intel', '--base', slim, ...jobs, '--out', out, ...common]);
  for (const step of ['1-setup', '2-verify', '3-undo', '4-after-undo']) {
    console.log(`-- ${step}`);
    told(join(out, step));
  }
  // lab.sh leaves the last boot's status out of its own.
  const last = JSON.parse(readFileSync(join(out, '4-after-undo/boot.json'), 'utf8')).rc;
  if (!ok || last !== 0) failed.push('reboot');
}

const ways = ['undo', 'resume'].filter(wants);
if (ways.length > 0) {
  console.log('== a disk with a journal');
  const journal = join(scratch, 'journal.qcow2');
  overlay(journal, slim);
  if (!boot(journal, 'journal', join(scratch, 'journal'))) process.exit(1);
  for (const way of ways) {
    console.log(`== killed in update-initramfs, power cut, then ${way}`);
    const cut = join(scratch, `cut-${way}`);
    mkdirSync(cut);
    const disk = join(cut, 'disk.qcow2');
    overlay(disk, journal);
    const ok =
      boot(disk, 'kill', join(cut, 'kill')) &&
      boot(disk, 'after-kill', join(cut, 'after-kill'), ['--env', `WAY=${way}`]);
    if (!ok) failed.push(way);
  }
}

console.log(
  failed.length === 0
    ? `lab: all passed; logs in ${scratch}`
    : `lab: failed: ${failed.join(', ')}; logs in ${scratch}`,
);
process.exit(failed.length === 0 ? 0 : 1);
