import type { SecretStore } from '#governance/secrets/secret-store';

/** The secret store as an operator handles it: values go in and never come out. */
export type SecretDesk = Pick<
  SecretStore,
  'list' | 'set' | 'rotate' | 'delete' | 'rotateStoreKey' | 'rotateMasterKey' | 'exportTo' | 'importFrom' | 'adopt'
>;
