// The one error class: what the user can mend. Anything else that is thrown is a bug and keeps its stack.
export class UserError extends Error {
  /** What to do about it, in a sentence. */
  readonly hint: string;
  /** 2: bad usage or a broken rule; 3: could not finish. */
  readonly exitCode: 2 | 3;

  constructor(message: string, hint: string, exitCode: 2 | 3 = 2) {
    super(message);
    this.name = 'UserError';
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
