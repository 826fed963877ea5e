// The version of the program, put in when it is built.
declare const PT_DOCTOR_VERSION: string | undefined;
export const VERSION = typeof PT_DOCTOR_VERSION === 'string' ? PT_DOCTOR_VERSION : '0.0.0-source';
