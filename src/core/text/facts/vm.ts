// Facts of a guest's configuration: Proxmox VE (`qm config`, /etc/pve), libvirt's XML, and QEMU's own command line.
import type { Facts, VmConfig } from '../../model.ts';
import { bdf, MAX_LIST, options, type Reader, type State, setFlag } from './reader.ts';

/** The configuration that is being read; one is begun when there is none. */
function current(facts: Facts, state: State): VmConfig {
  if (!state.vm || state.vm.inferred) state.vm = open(facts);
  return state.vm;
}

function open(facts: Facts): VmConfig {
  const config: VmConfig = { options: {}, devices: [] };
  if (facts.vms.length < MAX_LIST) facts.vms.push(config);
  return config;
}

/** A configuration that was empty so far takes the number; else a new one begins. */
function begin(facts: Facts, state: State, vmid: string | undefined) {
  const used = state.vm && (state.vm.devices.length > 0 || Object.keys(state.vm.options).length > 0);
  if (used) state.vm = undefined;
  const config = current(facts, state);
  if (vmid) config.vmid = vmid;
}

function addDevice(
  config: VmConfig,
  device: { key: string; host: string; options: Record<string, string>; line: number },
) {
  const known = config.devices.some((d) => d.key === device.key && d.host === device.host);
  if (!known && config.devices.length < MAX_LIST) config.devices.push(device);
}

const NAMED = new Set(['machine', 'bios', 'memory', 'name', 'cpu']);
type Named = 'machine' | 'bios' | 'memory' | 'name' | 'cpu';

const hex = (text: string | undefined, digits: number) =>
  Number(text ?? '0')
    .toString(16)
    .padStart(digits, '0');

export const VM_READERS: readonly Reader[] = [
  {
    // libvirt's own name of a device that it gives to a guest: qemuAssignDeviceHostdevAlias().
    literals: [',id=hostdev', '"id":"hostdev'],
    pattern: /,id=hostdev\d|"id":"hostdev\d/,
    read(facts, _, line) {
      if (!facts.flags.has('guest-manager')) setFlag(facts, 'guest-manager', 'libvirt', line.no);
    },
  },
  {
    // The command or the file that a pasted configuration comes from.
    literals: ['qm config ', '/qemu-server/', 'qm showcmd '],
    pattern: /(?:qm (?:config|showcmd) |\/qemu-server\/)(\d{3,9})\b/,
    read(facts, [, vmid], line, state) {
      if (!/hostpci|UPID|lock-/.test(line.text)) begin(facts, state, vmid);
    },
  },
  {
    literals: ['hostpci'],
    pattern: /^(?:\S{0,40}\s)?(hostpci\d{1,2}): (\S+)/,
    read(facts, [, key = '', value = ''], line, state) {
      const parsed = options(value);
      const [first = ''] = value.split(',');
      const host = parsed.host ?? (parsed.mapping ? '' : first);
      // Several addresses of one entry are joined by semicolons.
      for (const one of (host || `mapping=${parsed.mapping ?? ''}`).split(';'))
        addDevice(current(facts, state), { key, host: one, options: parsed, line: line.no });
    },
  },
  {
    literals: [
      'machine: ',
      'bios: ovmf',
      'bios: seabios',
      'memory: ',
      'balloon: ',
      'vmgenid: ',
      'scsihw: ',
      'ostype: ',
      'hugepages: ',
      'cpu: host',
      'cpu: kvm64',
      'cpu: x86-64',
      'vga: none',
      'vga: std',
      'efidisk0: ',
      'args: -',
    ],
    pattern: /^(machine|bios|memory|balloon|vmgenid|scsihw|ostype|hugepages|cpu|vga|efidisk0|args): (\S.*)$/,
    read(facts, [, key = '', value = ''], _line, state) {
      const config = current(facts, state);
      config.options[key] = value;
      if (NAMED.has(key)) config[key as Named] = value.split(',')[0] ?? value;
    },
  },
  {
    literals: ['<domain type='],
    pattern: /<domain type=['"]\w{2,12}['"]/,
    read(facts, _m, _line, state) {
      state.hostdev = undefined;
      begin(facts, state, undefined);
      current(facts, state).options.hypervisor = 'libvirt';
    },
  },
  {
    literals: [" machine='", ' machine="'],
    pattern: /<type arch=['"][\w-]+['"] machine=['"]([\w.-]+)['"]/,
    read(facts, [, machine = ''], _line, state) {
      current(facts, state).machine = machine;
    },
  },
  {
    literals: ['<loader ', "firmware='efi'", 'firmware="efi"'],
    pattern: /<loader .*(?:OVMF|edk2|pflash)|<os firmware=['"]efi['"]/i,
    read(facts, _m, _line, state) {
      current(facts, state).bios = 'ovmf';
    },
  },
  {
    literals: ['<hostdev '],
    pattern: /<hostdev (.{0,300})/,
    read(facts, [, attributes = ''], line, state) {
      const kind = /type=['"](\w+)['"]/.exec(attributes)?.[1] ?? '';
      state.hostdev = { kind, line: line.no, named: false };
      if (kind !== 'pci') return;
      const managed = /managed=['"](yes|no)['"]/.exec(attributes)?.[1] ?? 'no';
      current(facts, state).options.managed = managed;
    },
  },
  {
    // The host's address is the one without type=; the guest's says type='pci'.
    literals: ["domain='0x", 'domain="0x', "domain='", 'domain="', " bus='0x", ' bus="0x'],
    pattern: /<address ((?:\w{2,13}=['"][\w-]{1,40}['"]\s*){3,6})\/?>/,
    read(facts, [, attributes = ''], line, state) {
      const { hostdev } = state;
      if (hostdev?.kind !== 'pci' || hostdev.named || /\btype=/.test(attributes)) return;
      const of = (name: string) => new RegExp(`\\b${name}=['"](\\w+)['"]`).exec(attributes)?.[1];
      const host = `${hex(of('domain'), 4)}:${hex(of('bus'), 2)}:${hex(of('slot'), 2)}.${hex(of('function'), 1)}`;
      if (host.includes('NaN')) return;
      hostdev.named = true;
      const config = current(facts, state);
      const key = `hostdev${config.devices.length}`;
      addDevice(config, { key, host, options: {}, line: line.no });
    },
  },
  {
    literals: ['</hostdev>', '</domain>'],
    pattern: /<\/(?:hostdev|domain)>/,
    read(_facts, _m, _line, state) {
      state.hostdev = undefined;
    },
  },
  {
    // -device vfio-pci,host=0000:01:00.0,id=hostpci0.0,... and -device '{"driver":"vfio-pci","host":"0000:01:00.0",...}'
    literals: ['vfio-pci,host=', '"driver":"vfio-pci"'],
    pattern: bdf('vfio-pci(?:,host=|"[^}]{0,40}"host":")(BDF)(?:[^ }]{0,80}?id(?:=|":")([\\w.-]{1,40}))?'),
    read(facts, [, host = '', id], line, state) {
      if (!state.vm) {
        state.vm = open(facts);
        state.vm.inferred = true;
      }
      const config = state.vm;
      const full = host.split(':').length === 3 ? host : `0000:${host}`;
      if (config.devices.some((d) => d.host === full || full.startsWith(`${d.host}.`))) return;
      addDevice(config, { key: id ?? 'vfio-pci', host: full, options: {}, line: line.no });
    },
  },
];
