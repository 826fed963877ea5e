// `npm run test:lab`: the built pt-doctor on a Debian guest that really boots (GRUB, initramfs, emulated IOMMU). LAB is the
// folder of lab.sh; without it ../shared/lab is copied to a temporary folder and built there first. Prints what each boot did.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');
const given = process.env.LAB;
const scratch = mkdtempSync(join(tmpdir(), 'pt-doctor-lab-'));
const lab = given ?? join(scratch, 'lab');
if (!given) cpSync(join(root, '../shared/lab'), lab, { recursive: true });

function run(program, args, fatal = true) {
  const started = Date.now();
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(
    `${args.slice(0, 2).join(' ')}: exit ${status} after ${Math.round((Date.now() - started) / 1000)} s`,
  );
  if (fatal && status !== 0) process.exit(1);
  return status;
}

const sh = join(lab, 'lab.sh');
if (!existsSync(join(lab, 'build/slim.qcow2')))
  for (const step of [['deps'], ['build', '--no-612'], ['slim']]) run(sh, step);

const share = join(scratch, 'share');
mkdirSync(share);
cpSync(process.execPath, join(share, 'node'));
cpSync(join(root, 'dist/pt-doctor.mjs'), join(share, 'pt-doctor.mjs'));
cpSync(join(here, 'share.sh'), join(share, 'share.sh'));
const base = ['--base', join(lab, 'build/slim.qcow2'), '--share', share, '--timeout', '900'];
/** `npm run test:lab -- reboot` runs one part only; the parts are reboot, undo and resume. */
const asked = process.argv.slice(2);
const wants = (part) => asked.length === 0 || asked.includes(part);
const job = (name) => join(here, `${name}.sh`);
let failed = 0;

function told(folder, steps) {
  for (const step of steps) {
    const log = join(folder, step, 'stdout.log');
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    const lines = text.split('\n').filter((l) => /^(?:LAB:|Plan:|Done|Taken back|DRIFT|All \d)/.test(l));
    console.log(`-- ${step}\n${lines.map((l) => `   ${l}`).join('\n')}`);
    if (!text) console.log(`   no output; see ${folder}`);
  }
}

if (wants('reboot')) {
  console.log('== apply, reboot, verify, undo, reboot');
  const out = join(scratch, 'reboot');
  failed += run(
    sh,
    [
      'reboot-test',
      'intel',
      ...base,
      '--setup',
      job('setup'),
      '--verify',
      job('verify'),
      '--undo',
      job('undo'),
      '--out',
      out,
    ],
    false,
  )
    ? 1
    : 0;
  const steps = ['1-setup', '2-verify', '3-undo', '4-after-undo'];
  told(out, steps);
  // lab.sh leaves the last boot's status out of its own.
  if (JSON.parse(readFileSync(join(out, '4-after-undo/boot.json'), 'utf8')).rc !== 0) failed++;
}

for (const way of ['undo', 'resume'].filter(wants)) {
  console.log(`== killed in update-initramfs, power cut, then ${way}`);
  const cut = join(scratch, `cut-${way}`);
  mkdirSync(cut);
  const disk = join(cut, 'disk.qcow2');
  if (
    spawnSync('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      join(lab, 'build/slim.qcow2'),
      '-F',
      'qcow2',
      disk,
    ]).status !== 0
  )
    process.exit(1);
  const boot = (name, extra) =>
    run(
      sh,
      [
        'boot',
        'intel',
        '--grub',
        '--fw',
        'uefi',
        ...base.slice(2),
        '--disk',
        disk,
        '--job',
        job(name),
        '--env',
        `WAY=${way}`,
        '--out',
        join(cut, name),
        ...extra,
      ],
      false,
    );
  if (boot('kill', []) !== 0) failed++;
  if (boot('after-kill', []) !== 0) failed++;
  told(cut, ['after-kill']);
}
writeFileSync(join(scratch, 'failed'), String(failed));
console.log(
  failed === 0 ? `lab: all passed; logs in ${scratch}` : `lab: ${failed} failed; logs in ${scratch}`,
);
process.exit(failed === 0 ? 0 : 1);
