// Facts of version listings: pveversion -v, virsh version, qemu --version, uname -a, os-release, hostnamectl.
import { distributionNamed } from '../distributions.ts';
import { type Reader, setFlag } from './reader.ts';

/** `Kernel: ` alone would be looked for in every line of a journal, each of which has `kernel: ` in it. */
const LISTED_KERNELS = ['4.', '5.', '6.', '7.'].flatMap((major) => [
  ...Array.from('0123456789', (minor) => `Kernel: ${major}${minor}`),
  ...['Kernel:** ', 'Kernel**: ', 'Kernel | ', 'Kernel** | '].map((begin) => begin + major),
]);

/** Value of the flag `arch` where the guest's processor is not the host's: no kind of processor is called that. */
const EMULATED = 'emulated';

export const VERSION_READERS: readonly Reader[] = [
  {
    literals: ['pve-manager/', 'pve-manager: ', 'proxmox-ve: '],
    pattern: /(?:pve-manager[/:] ?|proxmox-ve: )(\d+\.\d+(?:[.-]\d+)*)(?:.*running kernel: ([\w.+-]+))?/,
    read(facts, [, version = '', running]) {
      // proxmox-ve is a meta package; the manager's version is the finer one.
      if (!facts.pve || version.length >= facts.pve.length) facts.pve = version;
      facts.distribution = 'proxmox';
      if (running) facts.kernel ??= running;
    },
  },
  {
    literals: ['QEMU emulator version ', 'pve-qemu-kvm: ', 'Running hypervisor: QEMU ', 'Using API: QEMU '],
    pattern: /(?:QEMU emulator version|pve-qemu-kvm:|Running hypervisor: QEMU) (\d+\.\d+(?:\.\d+)?)/,
    read(facts, [, version = '']) {
      facts.qemu = version;
    },
  },
  {
    literals: ['libvirt version: ', 'Using library: libvirt ', 'libvirtd (libvirt) '],
    pattern: /(?:libvirt version:|Using library: libvirt|libvirtd \(libvirt\)) (\d+\.\d+\.\d+)/,
    read(facts, [, version = '']) {
      facts.libvirt = version;
    },
  },
  {
    // The head of each start in /var/log/libvirt/qemu/<guest>.log names kernel and QEMU.
    literals: ['qemu version: '],
    pattern: /qemu version: (\d+\.\d+\.\d+)(?:.*?kernel: ([\w.+-]+))?/,
    read(facts, [, version = '', kernel]) {
      facts.qemu = version;
      if (!kernel) return;
      facts.kernel ??= kernel;
      const distribution = distributionNamed(kernel);
      if (distribution) facts.distribution ??= distribution;
    },
  },
  {
    // Task logs of Proxmox VE.
    literals: ['TASK ERROR: ', ':qmstart:', ':qmstop:', ':qmreboot:'],
    pattern: /TASK ERROR: |UPID:\S+:qm\w+:/,
    read(facts) {
      facts.distribution ??= 'proxmox';
    },
  },
  {
    // The commands of Proxmox VE, the prompt of a host with the name that its installer proposes, and how it names devices to QEMU.
    literals: ['root@pve', 'qm start ', 'qm config ', 'qm showcmd ', 'id=hostpci', '/etc/pve/'],
    pattern:
      /^root@pve[\w.-]*:|^(?:\S{0,60}[$#] ?)?qm (?:start|config|showcmd) \d|,id=hostpci\d|^(?:\S{0,60}[$#] ?)?\w+ \/etc\/pve\//,
    read(facts) {
      facts.distribution ??= 'proxmox';
    },
  },
  {
    // What starts QEMU and libvirt inside of pods: their own words stand around the messages of both.
    literals: [
      'PCIDeviceClaim',
      'virt-launcher',
      'virt-handler',
      'kubevirt',
      'KubeVirt',
      'harvesterhci',
      'kata-runtime',
      'kata-shim',
    ],
    pattern: /PCIDeviceClaim|virt-launcher|virt-handler|[Kk]ube[Vv]irt|harvesterhci|kata-runtime|kata-shim/,
    read(facts, _m, line) {
      setFlag(facts, 'wrapper', 'kubernetes', line.no);
    },
  },
  {
    literals: ['cloud-hypervisor'],
    pattern: /^(?:.{0,40} )?cloud-hypervisor: /,
    read(facts, _m, line) {
      setFlag(facts, 'wrapper', 'vmm', line.no);
    },
  },
  {
    // Xen's own lines, XenServer, Qubes OS, whose libvirt is one of Xen, and the driver that holds devices for Xen's guests.
    literals: [
      '(XEN) [VT-D]',
      '(XEN) AMD-Vi',
      '(XEN) d[',
      '(XEN) PCI',
      'xenopsd',
      'qvm-start',
      'qvm-pci',
      '/var/lib/qubes',
      'pciback',
    ],
    pattern: /\(XEN\) |\bxenopsd\b|qvm-(?:start|pci)|\/var\/lib\/qubes|\bpciback\b/,
    read(facts, _m, line) {
      setFlag(facts, 'wrapper', 'xen', line.no);
    },
  },
  {
    literals: ['midclt call ', 'initshutdownscript', '/usr/lib/python3/dist-packages/middlewared/'],
    pattern: /midclt call |initshutdownscript|\/middlewared\//,
    read(facts) {
      facts.distribution ??= 'truenas';
    },
  },
  {
    literals: [
      'qemu-system-aarch64',
      'qemu-system-ppc64',
      'arm-smmu',
      'aarch64 GNU/Linux',
      'ppc64le GNU/Linux',
      'mach-virt',
    ],
    pattern: /qemu-system-(aarch64|ppc64)|(arm)-smmu|(aarch64|ppc64le) GNU|(mach-virt)/,
    read(facts, [, qemu, smmu, uname, virt], line) {
      // A guest that TCG emulates says nothing of the host's processor, nor do later lines of its QEMU.
      const emulated = /\baccel[= ]tcg\b/.test(line.text) || facts.flags.get('arch')?.value === EMULATED;
      if (!(smmu ?? uname) && emulated) return setFlag(facts, 'arch', EMULATED, line.no);
      const power = /ppc64/.test(qemu ?? uname ?? '');
      if (qemu ?? smmu ?? uname ?? virt) setFlag(facts, 'arch', power ? 'power' : 'arm', line.no);
    },
  },
  {
    // uname -a: `Linux host 6.8.12-4-pve #1 SMP PREEMPT_DYNAMIC ...`
    literals: [' #1 SMP', ' SMP PREEMPT'],
    pattern: /^(?:\S{0,60}[$#] ?(?:uname -\w+ )?)?Linux \S+ (\d+\.\d+[\w.+-]*) (#.*)$/,
    read(facts, [, release = '', rest = '']) {
      facts.kernel ??= release;
      const distribution = distributionNamed(`${release} ${rest}`);
      if (distribution) facts.distribution ??= distribution;
    },
  },
  {
    // The head of an oops or warning: `CPU: 3 PID: 812 Comm: kvm Tainted: P           O       6.8.12-4-pve #1`
    literals: ['Not tainted ', 'Tainted: '],
    pattern: /^CPU: \d+ .{0,80}(?:Not tainted|Tainted:[ A-Z]{1,30}) {1,10}(\d+\.\d+\.\d[\w.+-]*) #/,
    read(facts, [, release = '']) {
      facts.kernel ??= release;
      const distribution = distributionNamed(release);
      if (distribution) facts.distribution ??= distribution;
    },
  },
  {
    // What a person, a form or neofetch, inxi and hostnamectl list: `Kernel: 6.8.12-4-pve`, `**Kernel Version:** Linux 6.14.2`.
    // A sentence about several kernels says nothing of which one runs.
    literals: [
      ...LISTED_KERNELS,
      'Kernel: Linux ',
      'Kernel: x86_64 ',
      'Kernel Version',
      'Kernel version',
      'kernel version',
    ],
    pattern:
      /^[\s*>|#•-]*(?:Host |Linux |Running |Current )?[Kk]ernel(?: [Vv]ersion)?[\s*:=|`]{1,8}(?:x86_64 )?(?:Linux )?v?(\d+\.\d+(?:\.\d+)?(?:[-+][\w.+~-]*)?)[*`|]*\s*(?:(?:\(\d{4}-|#|x86_64).*|\|)?$/,
    read(facts, [, release = '']) {
      facts.kernel ??= release;
      const distribution = distributionNamed(release);
      if (distribution) facts.distribution ??= distribution;
    },
  },
  {
    // /etc/os-release and hostnamectl
    literals: ['PRETTY_NAME=', 'Operating System: '],
    pattern: /^(?:PRETTY_NAME=|Operating System: )"?([^"]{2,80})/,
    read(facts, [, name = '']) {
      const distribution = distributionNamed(name);
      // A Proxmox VE host calls itself Debian here.
      if (distribution && facts.distribution !== 'proxmox') facts.distribution = distribution;
    },
  },
];
