// Logs to try, put in when the page is built (packaging/page.mjs): the bundled cases.
declare const PT_DOCTOR_EXAMPLES: string | undefined;

export interface Example {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

export const EXAMPLES: readonly Example[] =
  typeof PT_DOCTOR_EXAMPLES === 'string' ? (JSON.parse(PT_DOCTOR_EXAMPLES) as Example[]) : [];
