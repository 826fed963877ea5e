// booster (Arch by choice): modules_force_load in /etc/booster.yaml. The generator copies the options of /etc/modprobe.d; install and
// softdep lines it does not know (generator/kmod.go), and its image has no shell.
import { drafted, draftText, OWN_HEADER } from '../draft.ts';
import { REBUILD } from './by-hand.ts';
import { anyOf, type InitramfsTool, packageImages } from './tool.ts';

const CONFIG = '/etc/booster.yaml';
const KEY = /^(modules_force_load:[ \t]*)([^#\n]*?)([ \t]*(?:#.*)?)$/m;

export const booster: InitramfsTool = {
  installed: anyOf(['/usr/bin/booster', CONFIG]),
  include(draft, modules, script) {
    if (script)
      return 'booster has no shell in its image, so no device can be bound by address before its host driver: make the initramfs with mkinitcpio or dracut, or bind at run time with driverctl set-override';
    const text = drafted(draft, CONFIG) ?? OWN_HEADER;
    const line = KEY.exec(text);
    const value = line?.[2] ?? '';
    if (/^["'[{&*|>-]/.test(value))
      return `${CONFIG} writes modules_force_load in a form that pt-doctor does not edit`;
    const have = value
      .split(',')
      .map((w) => w.trim())
      .filter(Boolean);
    const missing = modules.filter((m) => !have.includes(m));
    if (missing.length === 0) return undefined;
    // vfio before the graphics drivers that may stand there for an early console.
    const list = [...missing, ...have].join(',');
    const end = text === '' || text.endsWith('\n') ? '' : '\n';
    draftText(
      draft,
      CONFIG,
      line
        ? text.replace(KEY, (_all, key: string, _old, rest: string) => `${key.trimEnd()} ${list}${rest}`)
        : `${text}${end}modules_force_load: ${list}\n`,
    );
    return undefined;
  },
  rebuild: () => [REBUILD.booster.command.split(' ')],
  inspect: (host, kernel) => {
    const path = packageImages(host, 'booster').find((i) => i.kernel === kernel)?.path;
    return path === undefined ? undefined : ['booster', 'ls', path];
  },
};
