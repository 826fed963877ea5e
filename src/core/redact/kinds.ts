// What is private in a log and how it looks. Every pattern says, too, what looks alike and must stay: PCI addresses and
// ids, versions, kernel releases, memory addresses.

export const KINDS = ['mac', 'uuid', 'serial', 'host', 'user', 'ip', 'secret', 'word'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_WORDS = {
  mac: ['MAC address', 'MAC addresses'],
  uuid: ['UUID', 'UUIDs'],
  serial: ['serial number', 'serial numbers'],
  host: ['host name', 'host names'],
  user: ['user name or mail address', 'user names or mail addresses'],
  ip: ['public IP address', 'public IP addresses'],
  secret: ['password or token', 'passwords or tokens'],
  word: ['word of your own', 'words of your own'],
} as const satisfies Record<Kind, readonly [string, string]>;

export interface Pattern {
  readonly kind: Kind;
  readonly pattern: RegExp;
  /** Which part of the match is private: the whole, or this group. */
  readonly group?: 1;
  /** Looks alike, but stays. */
  readonly unless?: (secret: string, before: string, after: string) => boolean;
}

const octets = (ip: string) => ip.split('.').map(Number);

function isPrivateV4(ip: string): boolean {
  const [a = 0, b = 0] = octets(ip);
  return (
    a === 10 ||
    a === 127 ||
    a === 0 ||
    a >= 224 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

/** Words in front of four numbers that are a version: `driver 550.54.14.1`, `edk2-ovmf 1.3.4.0`. */
const VERSION_BEFORE =
  /(?:\b(?:version|ver|release|driver|module|firmware|fw|bios|rev|revision|vbios|agesa|ucode|microcode|package|rpm|nvidia|linux|qemu|ovmf|edk2\S*)\b\W{0,4}|\b[a-z][\w+]*[-_~/ ]v?|[-_+~])$/i;
const ADDRESS_BEFORE =
  /(?:\b(?:from|to|at|by|via|host|ip|addr|address|src|dst|server|gateway|gw|dns|nameserver|peer|client|remote|nfsroot|listen|connect(?:ed)?|ping|ssh|for|inet)\b[\s=:[("']{1,3}|=|\/\/|@)$/i;

/** Four numbers are an address when a word says so, or when nothing says that they are a version. */
function isVersion(secret: string, before: string, after: string): boolean {
  if (octets(secret).some((n) => n > 255) || isPrivateV4(secret)) return true;
  if (ADDRESS_BEFORE.test(before)) return false;
  return (
    VERSION_BEFORE.test(before) ||
    /^(?:[-_+~]| ?\((?:release|build|date|compiled|\d{4}-))/i.test(after) ||
    secret.endsWith('.0')
  );
}

const HEX4 = '[0-9a-fA-F]{1,4}';

export const PATTERNS: readonly Pattern[] = [
  // user:password@ in a URL.
  { kind: 'secret', pattern: /:\/\/([^\s/@:]{1,100}:[^\s/@]{1,200})@/g, group: 1 },
  { kind: 'secret', pattern: /\bPVEAPIToken=(\S{8,200})/g, group: 1 },
  { kind: 'secret', pattern: /\b(?:Bearer|Basic) ([A-Za-z0-9+/_.=~-]{8,2000})/g, group: 1 },
  {
    kind: 'secret',
    pattern:
      /(?:\b|[_-])(?:password|passwd|passphrase|passwort|secret|token|ticket|api[-_]?key|auth[-_]?key|private[-_ ]?key|access[-_]?key|psk|cipassword)\\?["']?(?:\s{0,2}[=:]\s{0,2}|\s+(?=\S*\d\S*(?:\s|$)))\\?["']?([^\s"',;\\]{3,300})/gi,
    group: 1,
    // The token of an interrupt bypass is a pointer that the kernel has hashed already.
    unless: (s, before) =>
      /^(?:on|off|yes|no|true|false|none|null|required|prompt)(?:\[|$)/i.test(s) ||
      /\birq bypass (?:producer|consumer) \($/.test(before),
  },
  // A MAC is six pairs and no more; 10de:1e04:1462:3722 has groups of four, 0000:04:00.3 has a dot.
  {
    kind: 'mac',
    pattern:
      /(?<![0-9a-fA-F][:-]|[0-9a-fA-F.])(?:01-)?[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}(?![:-]?[0-9a-fA-F]|\.\d)/g,
  },
  // systemd writes the hyphens of unit names as \\x2d.
  {
    kind: 'uuid',
    pattern:
      /(?<![0-9a-fA-F]|[0-9a-fA-F]{4}-)[0-9a-fA-F]{8}(-|\\{1,2}x2d)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}(?![0-9a-fA-F-])/g,
    // The same in every machine of a model.
    unless: (_, before) => /\bGUID\W{1,2}$/i.test(before),
  },
  // Short ones of FAT and MBR disks, and ids of 32 digits, only behind a word that says what they are.
  {
    kind: 'uuid',
    pattern: /\b(?:PART)?UUID=\\?["']?([0-9a-fA-F]{4,16}(?:-[0-9a-fA-F]{2,8})?)(?![0-9a-fA-F-])/g,
    group: 1,
  },
  {
    kind: 'uuid',
    pattern: /(?:machine[-_ ]?id|boot[-_ ]?id|-- Boot)\\?["']?[\s=:]{0,3}\\?["']?([0-9a-fA-F]{32})\b/gi,
    group: 1,
  },
  {
    kind: 'serial',
    pattern:
      /\b(?:serial(?:[-_ ]?(?:number|no|#))?|S\/N|sn|wwid|nguid|eui)\\?["']?(?:\s{0,2}[=:#]{1,2}\s{0,2}|\.(?=[0-9a-f]{16}))\\?["']?((?!8250)[A-Za-z0-9][\w.+/-]{3,80})/gi,
    group: 1,
    // `SerialNumber=3` is the index of a USB string; words without a digit are settings.
    // A root hub's serial number is the PCI address of its controller.
    unless: (s, _, after) =>
      !/\d/.test(s) || /^(?:tty|chardev|0x)/.test(s) || /^:[0-9a-f]{2}[:.]/.test(after),
  },
  { kind: 'serial', pattern: /\/dev\/disk\/by-id\/[a-z]{2,8}[-.]([\w.:+-]{4,120})/g, group: 1 },
  { kind: 'serial', pattern: /\b(?:naa|wwn|eui)[.=-](?:0x)?([0-9a-fA-F]{16,32})\b/g, group: 1 },
  {
    kind: 'user',
    pattern: /(?:\/home|\/Users|\/media|\/run\/media|\\Users)[/\\]+([A-Za-z0-9_][\w.@-]{0,63})/g,
    group: 1,
    unless: (s) => /^(?:Public|Shared|Default|lost)$/i.test(s),
  },
  // An address of a person; those of lists and of the builders of a kernel are everybody's.
  {
    kind: 'user',
    pattern: /(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,5}[A-Za-z]{2,24}(?![\w-])/g,
    unless: (s, before) =>
      /kernel|devel|maint|bugs?\b|support|lists?\./i.test(s) || /\bLinux version \S+ \($/.test(before),
  },
  { kind: 'host', pattern: /\bsearchdomain[:=] ?([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})/gi, group: 1 },
  // The address that a network card gives itself is its MAC address again.
  {
    kind: 'mac',
    pattern: /(?<![\w:])fe80:[0-9a-fA-F:]{1,24}ff:fe[0-9a-fA-F]{2}:[0-9a-fA-F]{1,4}(?![\w:])/gi,
  },
  // Behind a colon too (`addr:`, and what follows in `ip=`), but not behind the epoch of a package (`1:4.2.3.1`).
  {
    kind: 'ip',
    pattern: /(?<![\w.]|(?:^|[^.\w])\d{1,2}:)\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g,
    unless: isVersion,
  },
  // Global unicast, 2000::/3: eight groups, or a `::` between groups.
  {
    kind: 'ip',
    pattern: new RegExp(
      `(?<![0-9a-fA-F:.])[23][0-9a-fA-F]{3}:(?:(?:${HEX4}:){6}${HEX4}|(?:${HEX4}:){0,5}:(?:${HEX4}(?::${HEX4}){0,5})?)(?![0-9a-fA-F:.])`,
      'g',
    ),
  },
];

/** Where a line says the name of its host or user. */
export const NAMES: readonly { readonly kind: 'host' | 'user'; readonly pattern: RegExp }[] = [
  { kind: 'host', pattern: /\bUPID:([A-Za-z0-9][\w.-]{1,62}):[0-9A-F]{8}:/g },
  { kind: 'host', pattern: /"_HOSTNAME"\s*:\s*"([^"\s]{2,253})"/g },
  { kind: 'host', pattern: /^_HOSTNAME=(\S{2,253})/g },
  { kind: 'host', pattern: /(?:Static hostname|hostname|HOSTNAME)\s*[:=]\s*"?([A-Za-z0-9][\w.-]{1,252})/g },
  { kind: 'host', pattern: /(?:^|[\s[])[a-z_][\w-]{0,31}@([A-Za-z0-9][\w.-]{1,252})(?::[~/]|\s[~/]|\])/g },
  { kind: 'user', pattern: /(?:^|[\s[])([a-z_][\w-]{0,31})@[A-Za-z0-9][\w.-]{1,252}(?::[~/]|\s[~/]|\])/g },
  { kind: 'user', pattern: /\bsudo(?:\[\d+\])?:\s+([a-z_][\w-]{0,31}) :/g },
];

/** Names that say nothing of their owner and are words of the log at the same time: only masked where a name stands. */
export const COMMON_NAMES: ReadonlySet<string> = new Set(
  'localhost kernel linux root pam pve proxmox debian ubuntu mint pop-os arch archlinux endeavouros cachyos fedora centos rocky almalinux rhel opensuse gentoo unraid tower truenas nixos manjaro harvester qubes xen dom0 esxi hypervisor firmware server host desktop laptop pc nas vm guest vfio pci kvm qemu amd intel nvidia gpu user admin home main lab test node unknown systemd'.split(
    ' ',
  ),
);
