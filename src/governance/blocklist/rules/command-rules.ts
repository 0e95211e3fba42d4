import { CLOUD_RULES } from './cloud.ts';
import { DATABASE_RULES } from './database.ts';
import { DISK_DEVICE_RULES } from './disk-device.ts';
import { FILE_SYSTEM_RULES } from './file-system.ts';
import { GIT_HISTORY_RULES } from './git-history.ts';
import { KUBERNETES_RULES } from './kubernetes.ts';
import { MAIL_RULES } from './mail.ts';
import { PAYMENT_RULES } from './payment.ts';
import { PRIVILEGE_RULES } from './privilege.ts';
import { PROCESS_POWER_RULES } from './process-power.ts';
import { REMOTE_CODE_RULES } from './remote-code.ts';
import type { CommandRule } from './rule.ts';

export const COMMAND_RULES: readonly CommandRule[] = [
  ...FILE_SYSTEM_RULES,
  ...DATABASE_RULES,
  ...GIT_HISTORY_RULES,
  ...DISK_DEVICE_RULES,
  ...REMOTE_CODE_RULES,
  ...PRIVILEGE_RULES,
  ...PROCESS_POWER_RULES,
  ...CLOUD_RULES,
  ...KUBERNETES_RULES,
  ...MAIL_RULES,
  ...PAYMENT_RULES,
];
