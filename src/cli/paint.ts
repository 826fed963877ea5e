// Colours: chalk where they are shown. Without colours nothing is loaded for them, and text stays as it is.

const COLORS = ['red', 'yellow', 'green', 'cyan', 'gray', 'bold', 'dim'] as const;

/** What the reports use of chalk: each colour is a function, and has the others behind it. */
export type Paint = ((text: string) => string) & { readonly [color in (typeof COLORS)[number]]: Paint };

const PLAIN = ((text: string) => text) as Paint;
for (const color of COLORS) Object.defineProperty(PLAIN, color, { value: PLAIN });

export async function paintFor(context: { readonly color: boolean }): Promise<Paint> {
  if (!context.color) return PLAIN;
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}
