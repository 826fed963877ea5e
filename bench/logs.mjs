// Seeded logs for the bench: the same seed gives the same bytes. Ordinary lines are made here, faults are rule examples.

/** mulberry32: small, fast, the same everywhere. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (n) => Math.floor(next() * n);
  return {
    next,
    int,
    pick: (list) => list[int(list.length)],
    hex: (n) =>
      int(16 ** n)
        .toString(16)
        .padStart(n, '0'),
  };
}

const SERVICES = [
  'systemd-journald.service',
  'cron.service',
  'ssh.service',
  'pve-cluster.service',
  'chronyd.service',
  'fstrim.service',
  'apt-daily.service',
  'man-db.service',
  'logrotate.service',
  'smartmontools.service',
  'user@1000.service',
  'NetworkManager.service',
  'dbus.service',
  'polkit.service',
  'zfs-zed.service',
  'postfix@-.service',
  'nginx.service',
];
const NICS = ['enp4s0', 'eno1', 'vmbr0', 'tap100i0', 'veth101i0', 'wlp5s0', 'fwbr100i0'];

/** What a host says on an ordinary day, as [process, text]. */
const ORDINARY = [
  (r) => ['systemd[1]', `Starting ${r.pick(SERVICES)} - a unit that does its daily work...`],
  (r) => ['systemd[1]', `Finished ${r.pick(SERVICES)} - a unit that does its daily work.`],
  (r) => ['systemd[1]', `${r.pick(SERVICES)}: Deactivated successfully.`],
  (r) => [
    'systemd[1]',
    `${r.pick(SERVICES)}: Consumed ${r.int(60)}.${r.int(999)}s CPU time, ${r.int(900)}.${r.int(9)}M memory peak.`,
  ],
  (r) => ['systemd[1]', `Started session-${r.int(5000)}.scope - Session ${r.int(5000)} of User root.`],
  (r) => [`systemd-logind[${700 + r.int(90)}]`, `New session ${r.int(5000)} of user root.`],
  (r) => [
    `sshd[${r.int(90000)}]`,
    `Accepted publickey for root from 192.0.2.${r.int(255)} port ${r.int(60000)} ssh2: ED25519 SHA256:${r.hex(8)}${r.hex(8)}`,
  ],
  (r) => [
    `sshd[${r.int(90000)}]`,
    `Received disconnect from 192.0.2.${r.int(255)} port ${r.int(60000)}:11: disconnected by user`,
  ],
  (r) => [
    `CRON[${r.int(90000)}]`,
    `pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)`,
  ],
  (r) => [`CRON[${r.int(90000)}]`, `(root) CMD (cd / && run-parts --report /etc/cron.hourly)`],
  (r) => [
    `dhclient[${r.int(9000)}]`,
    `DHCPACK of 198.51.100.${r.int(255)} from 198.51.100.1 (xid=0x${r.hex(8)})`,
  ],
  (r) => [`chronyd[${r.int(9000)}]`, `Selected source 203.0.113.${r.int(255)} (2.debian.pool.example)`],
  (r) => [
    `NetworkManager[${r.int(9000)}]`,
    `<info>  [17${r.int(99999999)}.${r.int(9999)}] device (${r.pick(NICS)}): carrier: link connected`,
  ],
  (r) => [
    `dbus-daemon[${r.int(900)}]`,
    `[system] Activating via systemd: service name='org.freedesktop.hostname1' unit='dbus-org.freedesktop.hostname1.service' requested by ':1.${r.int(999)}' (uid=0 pid=${r.int(90000)} comm="hostnamectl ")`,
  ],
  (r) => [`pvestatd[${r.int(9000)}]`, `status update time (${r.int(20)}.${r.int(999)} seconds)`],
  (r) => [`pmxcfs[${r.int(9000)}]`, `[status] notice: received log`],
  (r) => [
    `smartd[${r.int(900)}]`,
    `Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from ${60 + r.int(9)} to ${60 + r.int(9)}`,
  ],
  (r) => [
    `nginx[${r.int(90000)}]`,
    `192.0.2.${r.int(255)} - - "GET /api/v1/items/${r.int(99999)}?page=${r.int(50)} HTTP/1.1" 200 ${r.int(99999)} "-" "client/2.${r.int(9)}"`,
  ],
  (r) => [
    `dockerd[${r.int(9000)}]`,
    `time="2026-11-24T13:50:${10 + r.int(49)}.${r.int(999999)}Z" level=info msg="ignoring event" container=${r.hex(8)}${r.hex(8)} module=libcontainerd namespace=moby`,
  ],
  (r) => [
    'kernel',
    `usb ${1 + r.int(4)}-${1 + r.int(8)}: new high-speed USB device number ${r.int(90)} using xhci_hcd`,
  ],
  (r) => [
    'kernel',
    `usb ${1 + r.int(4)}-${1 + r.int(8)}: New USB device found, idVendor=${r.hex(4)}, idProduct=${r.hex(4)}, bcdDevice= ${r.int(9)}.${r.int(9)}0`,
  ],
  (r) => ['kernel', `${r.pick(NICS)}: port ${r.int(9)}(${r.pick(NICS)}) entered forwarding state`],
  (r) => [
    'kernel',
    `audit: type=1400 audit(17${r.int(99999999)}.${r.int(999)}:${r.int(9999)}): apparmor="STATUS" operation="profile_replace" profile="unconfined" name="/usr/bin/man" pid=${r.int(90000)} comm="apparmor_parser"`,
  ],
  (r) => [
    'kernel',
    `EXT4-fs (dm-${r.int(20)}): mounted filesystem ${r.hex(8)}-${r.hex(4)}-${r.hex(4)}-${r.hex(4)}-${r.hex(8)}${r.hex(4)} r/w with ordered data mode. Quota mode: none.`,
  ],
  (r) => [
    'kernel',
    `igc 0000:0${r.int(9)}:00.0 ${r.pick(NICS)}: NIC Link is Up ${r.pick(['1000', '2500'])} Mbps Full Duplex, Flow Control: RX/TX`,
  ],
  (r) => [
    'kernel',
    `[UFW BLOCK] IN=${r.pick(NICS)} OUT= MAC=02:00:5e:10:00:00 SRC=192.0.2.${r.int(255)} DST=198.51.100.${r.int(255)} LEN=${r.int(1500)} TOS=0x00 PREC=0x00 TTL=${r.int(64)} ID=${r.int(65535)} PROTO=TCP SPT=${r.int(65535)} DPT=${r.int(65535)} WINDOW=1024 RES=0x00 SYN URGP=0`,
  ],
  (r) => [
    'kernel',
    `perf: interrupt took too long (${2500 + r.int(9000)} > ${2400 + r.int(9000)}), lowering kernel.perf_event_max_sample_rate to ${r.int(90)}000`,
  ],
];

/** The devices of a big server. */
const DEVICES = Array.from(
  { length: 256 },
  (_, i) => `0000:${(i >> 2).toString(16).padStart(2, '0')}:00.${i & 3}`,
);

/** What a kernel says while it boots: nearly every line tells of a device. */
const BOOT_TEXTS = [
  (r) =>
    `pci ${r.pick(DEVICES)}: [${r.pick(['8086', '1022', '10de', '1002'])}:${r.hex(4)}] type 00 class 0x0${r.int(9)}0${r.int(9)}00 PCIe Endpoint`,
  (r) => `pci ${r.pick(DEVICES)}: BAR 0 [mem 0x${r.hex(8)}-0x${r.hex(8)} 64bit]`,
  (r) => `pci ${r.pick(DEVICES)}: PME# supported from D0 D3hot D3cold`,
  (r) => `pci ${r.pick(DEVICES)}: Adding to iommu group ${r.int(60)}`,
  (r) => `ACPI: \\_SB_.PCI0.GPP${r.int(9)}.P0${r.int(9)}: New power resource`,
  (r) => `BIOS-e820: [mem 0x${r.hex(8)}${r.hex(8)}-0x${r.hex(8)}${r.hex(8)}] usable`,
  (r) => `ACPI: SSDT 0x${r.hex(8)}${r.hex(8)} 00${r.hex(4)} (v02 AMD    AmdTable 00000001 MSFT 04000000)`,
  (r) => `printk: console [tty${r.int(9)}] enabled`,
  (r) => `hub ${1 + r.int(4)}-0:1.0: ${1 + r.int(8)} ports detected`,
  (r) => `nvme nvme${r.int(4)}: ${r.int(32)}/0/0 default/read/poll queues`,
];

const two = (n) => String(n).padStart(2, '0');

/** A clock that walks on by itself, for stamps. */
function clock() {
  let seconds = 0;
  return {
    tick: (r) => (seconds += r.int(3)),
    short: () =>
      `Nov ${two(1 + (Math.floor(seconds / 86400) % 30))} ${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`,
    micros: () => `17639${String(seconds).padStart(5, '0')}000000`.slice(0, 16),
    monotonic: (n) => `[${(n / 997).toFixed(6).padStart(12)}]`,
  };
}

const entry = (time, process, text, r) => {
  const [name, pid] = process.replace(']', '').split('[');
  return JSON.stringify({
    __CURSOR: `s=${r.hex(8)}${r.hex(8)};i=${r.hex(6)};b=${r.hex(8)}${r.hex(8)};m=${r.hex(8)};t=${r.hex(8)};x=${r.hex(8)}`,
    __REALTIME_TIMESTAMP: time.micros(),
    __MONOTONIC_TIMESTAMP: String(r.int(1e9)),
    _BOOT_ID: 'd5f7a1c09b3e4f6a8c2d1e0f9a8b7c6d',
    PRIORITY: '6',
    _MACHINE_ID: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    _HOSTNAME: 'pve',
    ...(name === 'kernel'
      ? { _TRANSPORT: 'kernel', SYSLOG_FACILITY: '0', SYSLOG_IDENTIFIER: 'kernel' }
      : {
          _TRANSPORT: 'journal',
          _PID: pid,
          _UID: '0',
          _COMM: name,
          _CAP_EFFECTIVE: '1ffffffffff',
          SYSLOG_IDENTIFIER: name,
          _SYSTEMD_SLICE: 'system.slice',
        }),
    MESSAGE: text,
  });
};

const BOOT = BOOT_TEXTS.map((make) => (r) => ['kernel', make(r)]);

const asked = new Map();

/** The makers whose lines no rule knows: only the faults are to be hits. */
function unknown(makers, known) {
  const list = asked.get(makers) ?? unknownNow(makers, known);
  asked.set(makers, list);
  return list;
}

function unknownNow(makers, known) {
  const r = seeded(7);
  return makers.filter(
    (make) => !Array.from({ length: 5 }, () => make(r)).some(([process, text]) => known(process, text)),
  );
}

/**
 * Lines of one kind of log without end. `faults` are kernel messages that the rules know; one line in `every` is one.
 * `known` tells whether the rules know a message. Kinds: journal, json, dmesg, boot (little but PCI devices), storm.
 */
export function* lines(kind, { seed, faults, every, known }) {
  const r = seeded(seed);
  const time = clock();
  const ordinary = unknown(ORDINARY, known);
  const boot = unknown(BOOT, known);
  const chatter = [...ordinary.filter((make) => make(seeded(1))[0] === 'kernel'), ...boot.slice(4)];
  const makers =
    { boot: () => boot, dmesg: () => (r.next() < 0.1 ? boot : chatter) }[kind] ?? (() => ordinary);
  for (let n = 0; ; n++) {
    time.tick(r);
    const fault = kind === 'storm' || r.next() * every < 1;
    const [process, text] = fault
      ? ['kernel', kind === 'storm' ? faults[0] : r.pick(faults)]
      : r.pick(makers())(r);
    if (kind === 'json') yield entry(time, process, text, r);
    else if (kind === 'boot' || kind === 'dmesg') yield `${time.monotonic(n)} ${text}`;
    else yield `${time.short()} pve ${process}: ${text}`;
  }
}

/** So many bytes of a log, a whole number of lines. */
export function block(kind, size, options) {
  const parts = [];
  let length = 0;
  for (const line of lines(kind, options)) {
    parts.push(line);
    length += line.length + 1;
    if (length >= size) break;
  }
  return Buffer.from(`${parts.join('\n')}\n`);
}

/** The first `count` lines of a log. */
export function head(kind, count, options) {
  const parts = [];
  for (const line of lines(kind, options)) if (parts.push(line) === count) break;
  return Buffer.from(`${parts.join('\n')}\n`);
}
