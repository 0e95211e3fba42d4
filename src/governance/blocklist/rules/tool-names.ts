import type { Category } from '../category.ts';

/** Tools that say by their name what they destroy: one of `verbs` and one of `objects` among its words. */
export type ToolNameRule = {
  /** Unique among all rules. */
  readonly id: string;
  readonly category: Category;
  readonly says: string;
  readonly verbs: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const DESTROYS = words(
  'delete remove drop destroy erase wipe purge truncate clear unlink rm trash nuke flush terminate deprovision',
);

/** The first rule that matches decides, so what is particular stands before what is general. */
export const TOOL_NAME_RULES: readonly ToolNameRule[] = [
  {
    id: 'tool-deletes-in-cluster',
    category: 'kubernetes',
    says: 'a tool that deletes what runs in a cluster',
    verbs: words('delete remove destroy drain uninstall evict purge cordon'),
    objects: words(
      'kubectl helm k8s kubernetes pod deployment namespace daemonset statefulset configmap release node cluster',
    ),
    positives: ['kubectl_delete', 'delete_pod', 'helm_uninstall', 'mcp__k8s__delete_namespace', 'deleteDeployment'],
    negatives: ['list_pods', 'helm_install', 'get_namespace'],
  },
  {
    id: 'tool-deletes-in-cloud',
    category: 'cloud',
    says: 'a tool that deletes what runs at a cloud provider',
    verbs: words('delete remove destroy terminate deprovision purge teardown'),
    objects: words(
      'instance instances vm bucket stack lambda function queue topic server droplet volume snapshot vpc subnet ' +
        'terraform resource infrastructure distribution domain zone worker deployment environment app application',
    ),
    positives: ['terminate_instances', 'deleteBucket', 'destroy_stack', 'terraform_destroy', 'delete_server'],
    negatives: ['list_buckets', 'terraform_plan', 'describe_instances', 'dropdown_select'],
  },
  {
    id: 'tool-deletes-data',
    category: 'database',
    says: 'a tool that deletes data in a database',
    verbs: DESTROYS,
    objects: words(
      'table database db record row collection schema index column document keyspace entry entity vector dataset data',
    ),
    positives: [
      'delete_records',
      'drop_table',
      'mcp__pg__truncate_table',
      'DeleteRows',
      'purge-database',
      'records.delete',
    ],
    negatives: [
      'list_records',
      'get_table',
      'dropdown_select',
      'undeleted_records',
      'create_table',
      'deleted_records_count',
    ],
  },
  {
    id: 'tool-changes-git-history',
    category: 'git-history',
    says: 'a tool that rewrites or deletes history',
    verbs: words('delete remove force reset purge erase'),
    objects: words('branch tag repo repository commit push hard ref history'),
    positives: ['delete_branch', 'git_reset_hard', 'force_push', 'mcp__github__delete_repository'],
    negatives: ['create_branch', 'git_push', 'list_commits', 'git_reset'],
  },
  {
    id: 'tool-wipes-disk',
    category: 'disk-device',
    says: 'a tool that wipes or formats a disk',
    verbs: words('format wipe erase partition shred zero'),
    objects: words('disk drive device partition volume'),
    positives: ['format_disk', 'wipe-drive', 'shredDevice'],
    negatives: ['format_text', 'disk_usage', 'list_devices', 'wipe_form'],
  },
  {
    id: 'tool-deletes-files',
    category: 'file-system',
    says: 'a tool that deletes files',
    verbs: DESTROYS,
    objects: words('file directory folder path dir tree workspace attachment'),
    positives: ['Delete_File', 'remove_directory', 'mcp__files__delete_file', 'rm-tree', 'deleteFolder'],
    negatives: ['read_file', 'write_file', 'list_directory', 'deletedFiles', 'create_folder', 'file_dropdown'],
  },
  {
    id: 'tool-runs-fetched-code',
    category: 'remote-code',
    says: 'a tool that runs code from elsewhere',
    verbs: words('run execute exec eval install'),
    objects: words('remote url downloaded untrusted'),
    positives: ['run_remote_script', 'exec_remote', 'install_from_url', 'execute_untrusted_code'],
    negatives: ['run_tests', 'install_package', 'get_url', 'execute_query'],
  },
  {
    id: 'tool-grants-rights',
    category: 'privilege',
    says: 'a tool that grants rights',
    verbs: words('grant elevate escalate promote assign add set create attach chmod chown'),
    objects: words('role admin permission privilege policy acl root grant access chmod chown'),
    positives: ['grant_role', 'assign_admin', 'set_permissions', 'grant_access', 'attach_policy'],
    negatives: ['list_roles', 'get_permissions', 'add_comment', 'create_issue', 'set_title'],
  },
  {
    id: 'tool-acts-as-another',
    category: 'privilege',
    says: 'a tool that acts as somebody else',
    verbs: words('impersonate sudo su switch login assume become'),
    objects: words('user account identity role sudo su root'),
    positives: ['impersonate_user', 'sudo', 'assume_role', 'become_root'],
    negatives: ['get_user', 'switch_tab', 'login_page', 'sudoku'],
  },
  {
    id: 'tool-stops-processes',
    category: 'process-power',
    says: 'a tool that stops processes, services or the machine',
    verbs: words('kill shutdown reboot terminate stop halt poweroff restart'),
    objects: words('process processes service machine host system computer kill shutdown reboot halt poweroff'),
    positives: ['kill_process', 'shutdown', 'reboot_host', 'stop_service', 'terminateProcess'],
    negatives: ['list_processes', 'stop_recording', 'restart_timer', 'get_service'],
  },
  {
    id: 'tool-sends-mail',
    category: 'mail',
    says: 'a tool that sends mail',
    verbs: words('send reply forward'),
    objects: words('email mail gmail newsletter smtp'),
    positives: ['send_email', 'gmail_send', 'mcp__outlook__reply_mail', 'sendMail', 'forward_email'],
    negatives: ['list_emails', 'draft_email', 'send_message', 'search_mail', 'mailing_lists'],
  },
  {
    id: 'tool-moves-money',
    category: 'payment',
    says: 'a tool that moves money',
    verbs: words(
      'create send process make issue execute capture submit confirm approve initiate pay charge refund transfer wire buy purchase checkout withdraw place',
    ),
    objects: words(
      'payment charge refund payout transfer money fund wire invoice card pay order purchase checkout subscription withdraw',
    ),
    positives: [
      'create_payment',
      'issue_refund',
      'wire_money',
      'transfer_funds',
      'place_order',
      'pay',
      'charge_card',
      'mcp__stripe__create_refund',
    ],
    negatives: [
      'list_payments',
      'get_order',
      'payment_status',
      'create_issue',
      'wireframe_create',
      'transfer_ownership',
    ],
  },
];
