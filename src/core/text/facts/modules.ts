// Facts of module configuration: /etc/modprobe.d, /etc/modules, initramfs settings, and what vfio-pci said at boot.
import type { Facts } from '../../model.ts';
import { MAX_LIST, type Reader } from './reader.ts';

/** `options vfio-pci ids=a,b disable_vga=1`: words apart, commas inside a value kept. */
function optionWords(text: string): [string, string][] {
  return (
    text
      .split('#')[0]
      ?.trim()
      .split(/\s+/)
      .map((word): [string, string] => {
        const at = word.indexOf('=');
        return at < 0 ? [word, '1'] : [word.slice(0, at), word.slice(at + 1).replace(/^"|"$/g, '')];
      }) ?? []
  );
}

function load(facts: Facts, module: string, line: number) {
  if (facts.modulesLoad.length < MAX_LIST) facts.modulesLoad.push({ module, line });
}

export const MODULE_READERS: readonly Reader[] = [
  {
    literals: ['options '],
    pattern: /^(?:\/\S+?\.conf:)?options (\S+) (\S.*)$/,
    read(facts, [, module = '', rest = ''], line) {
      for (const [option, value] of optionWords(rest))
        if (facts.moduleOptions.length < MAX_LIST)
          facts.moduleOptions.push({ module, option, value, line: line.no });
    },
  },
  {
    literals: ['softdep '],
    pattern: /^(?:\/\S+?\.conf:)?softdep (\S+) pre: ([^#]*[^#\s])/,
    read(facts, [, module = '', pre = ''], line) {
      if (facts.softdeps.length < MAX_LIST)
        facts.softdeps.push({ module, pre: pre.replace(/ post:.*/, '').split(/\s+/), line: line.no });
    },
  },
  {
    literals: ['blacklist '],
    pattern: /^(?:\/\S+?\.conf:)?blacklist (\S+)(?:\s+#.*)?$/,
    read(facts, [, module = ''], line) {
      if (facts.blacklists.length < MAX_LIST) facts.blacklists.push({ module, line: line.no });
    },
  },
  {
    // `install nouveau /bin/false`: stronger than a blacklist
    literals: ['/bin/false', '/bin/true'],
    pattern: /^(?:\/\S+?\.conf:)?install (\S+) (?:\/usr)?\/bin\/(?:false|true)\b/,
    read(facts, [, module = ''], line) {
      if (facts.blacklists.length < MAX_LIST) facts.blacklists.push({ module, line: line.no });
    },
  },
  {
    // /etc/modules and /etc/modules-load.d: one bare word a line
    literals: ['vfio_virqfd', 'vfio_iommu_type1', 'vfio_pci', 'vfio-pci'],
    pattern: /^(?:\/\S+?:)?(vfio_virqfd|vfio_iommu_type1|vfio[_-]pci)(?:\s+#.*)?$/,
    read(facts, [, module = ''], line) {
      load(facts, module, line.no);
    },
  },
  {
    // mkinitcpio.conf: MODULES=(vfio_pci vfio vfio_iommu_type1); dracut: add_drivers+=" vfio_pci " or force_drivers+=
    literals: ['MODULES=(', 'MODULES="', '_drivers+='],
    pattern: /^(?:MODULES=|(?:add|force)_drivers\+=)[("']\s*([^)"']*)/,
    read(facts, [, words = ''], line) {
      for (const module of words.split(/\s+/)) if (module) load(facts, module, line.no);
    },
  },
  {
    literals: ['vfio_pci: add ['],
    pattern: /vfio_pci: add \[([0-9a-f]{4}:[0-9a-f]{4})/,
    read(facts, [, id = ''], line) {
      const known = facts.moduleOptions.find((o) => o.module === 'vfio-pci' && o.option === 'ids.loaded');
      if (known?.value.split(',').includes(id)) return;
      const value = known ? `${known.value},${id}` : id;
      facts.moduleOptions = facts.moduleOptions.filter((o) => o !== known);
      facts.moduleOptions.push({ module: 'vfio-pci', option: 'ids.loaded', value, line: line.no });
    },
  },
];
