/**
 * What `import ... from 'virtcheck'` gives: the interfaces for a device of one's own and for a project's settings.
 *
 * @module virtcheck
 */
export * from './define-config.ts';
export * from './define-target.ts';
