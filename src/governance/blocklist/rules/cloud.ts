import { optionValues, readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { CommandRule } from './rule.ts';

const AWS_VALUED = ['--profile', '--region', '--output', '--endpoint-url', '--query', '--color', '--ca-bundle'];

/** A word of a cloud program's command that means deletion: `delete`, `apps:destroy`, `sites:delete`. */
const DELETING_WORD =
  /^(?:[\w-]+:)?(?:delete|destroy|remove|purge|terminate|teardown|undeploy|uninstall|rm|reset|nuke|deprovision)$/i;

export const CLOUD_RULES: readonly CommandRule[] = [
  {
    id: 'aws-delete',
    category: 'cloud',
    says: 'deleting or terminating at AWS',
    programs: ['aws', 'awslocal'],
    matches: deletesAtAws,
    positives: [
      'aws ec2 terminate-instances --instance-ids i-1',
      'aws --profile prod rds delete-db-instance --db-instance-identifier x',
      'aws s3 rb s3://bucket --force',
      'aws s3 rm s3://bucket --recursive',
      'aws s3 sync . s3://bucket --delete',
      'aws cloudformation delete-stack --stack-name x',
      'aws kms schedule-key-deletion --key-id x',
    ],
    negatives: [
      'aws s3 ls',
      'aws s3 rm s3://bucket/one-object',
      'aws s3 cp a s3://bucket/delete-me',
      'aws ec2 describe-instances',
      'aws ec2 terminate-instances --instance-ids i-1 --dry-run',
    ],
  },
  {
    id: 'cloud-delete',
    category: 'cloud',
    says: 'deleting at a cloud provider',
    programs: [
      ...[
        'gcloud',
        'az',
        'doctl',
        'oci',
        'ibmcloud',
        'linode-cli',
        'hcloud',
        'openstack',
        'scw',
        'vultr-cli',
        'aliyun',
      ],
      ...[
        'heroku',
        'fly',
        'flyctl',
        'vercel',
        'netlify',
        'firebase',
        'wrangler',
        'railway',
        'render',
        'supabase',
        'sam',
      ],
      ...[
        'serverless',
        'sls',
        'amplify',
        'eb',
        'copilot',
        'azd',
        'pulumi',
        'cdk',
        'cdktf',
        'eksctl',
        'kops',
        'neonctl',
      ],
    ],
    matches: ({ args }) =>
      readOptions(args)
        .operands.slice(0, 6)
        .some((word) => DELETING_WORD.test(word)),
    positives: [
      'gcloud compute instances delete vm-1 --quiet',
      'az group delete --name rg --yes',
      'doctl compute droplet delete 1',
      'heroku apps:destroy --app x',
      'fly apps destroy x',
      'vercel rm x --yes',
      'pulumi destroy -y',
      'cdk destroy --all',
      'firebase firestore:delete --all-collections',
    ],
    negatives: [
      'gcloud compute instances list',
      'az group list',
      'heroku ps',
      'vercel deploy',
      'pulumi preview',
      'cdk diff',
    ],
  },
  {
    id: 'terraform-destroy',
    category: 'cloud',
    says: 'destroying infrastructure',
    programs: ['terraform', 'tofu', 'terragrunt'],
    matches: ({ args }) => {
      const { operands, has } = readOptions(args);
      const [verb, noun] = operands;
      if (verb === 'destroy' || (verb === 'run-all' && noun === 'destroy')) return true;
      if (verb === 'apply') return has('', 'destroy');
      return (verb === 'state' && noun === 'rm') || (verb === 'workspace' && noun === 'delete');
    },
    positives: [
      'terraform destroy -auto-approve',
      'terraform -chdir=infra destroy',
      'tofu apply -destroy',
      'terraform state rm x',
    ],
    negatives: [
      'terraform plan',
      'terraform apply',
      'terraform plan -destroy',
      'terraform fmt',
      'terraform state list',
    ],
  },
  {
    id: 'object-store-delete',
    category: 'cloud',
    says: 'deleting buckets or many objects',
    programs: ['gsutil', 's3cmd', 'mc', 'rclone', 'azcopy', 'bq', 'b2'],
    matches: ({ args }) => {
      const { operands, has } = readOptions(args);
      const verb = operands[0] ?? '';
      if (/^(?:rb|purge|deletefile|delete|remove|delete-bucket)$/.test(verb)) return true;
      return /^(?:rm|del|-m)$/.test(verb) && (has('r', 'recursive') || has('R') || has('f', 'force'));
    },
    positives: [
      'gsutil rb gs://bucket',
      'gsutil -m rm -r gs://bucket',
      's3cmd del --recursive s3://b',
      'rclone purge remote:x',
      'bq rm -r -f data',
    ],
    negatives: ['gsutil ls', 'gsutil rm gs://bucket/one', 'rclone copy a remote:b', 'mc ls'],
  },
  {
    id: 'http-delete',
    category: 'cloud',
    says: 'sending DELETE to a server other than this machine',
    programs: ['curl', 'wget', 'http', 'https', 'xh', 'invoke-restmethod', 'irm', 'invoke-webrequest', 'iwr'],
    matches: ({ program, args }) => {
      const methods = [
        ...optionValues(args, ['-X', '--request', '--method', '-Method']),
        ...(isHttpie(program) ? args : []),
      ];
      if (!methods.some((method) => /^delete$/i.test(method))) return false;
      const urls = args.filter((arg) => /^(?:https?:\/\/|[\w-]+(?:\.[\w-]+)+|localhost|\[::1\])/i.test(arg));
      return !urls.some((url) =>
        /^(?:https?:\/\/)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?:[:/]|$)/i.test(url),
      );
    },
    positives: [
      'curl -X DELETE https://api.example.com/users/1',
      'curl -XDELETE http://elastic:9200/index',
      'http DELETE example.com/x',
    ],
    negatives: [
      'curl -X DELETE http://localhost:3000/users/1',
      'curl https://example.com/delete',
      'curl -X POST https://example.com',
    ],
  },
];

function deletesAtAws({ args }: ProgramCall): boolean {
  const { operands, has } = readOptions(args, AWS_VALUED);
  if (has('', 'dry-run') || has('', 'dryrun')) return false;
  const [service, operation = ''] = operands;
  if (service === 's3') return operation === 'rb' || (operation === 'rm' && has('', 'recursive')) || has('', 'delete');
  return /^(?:delete|terminate|purge|deregister|remove|schedule-key-deletion|release-address|destroy|batch-delete)(?:-|$)|schedule-key-deletion/.test(
    operation,
  );
}

function isHttpie(program: string): boolean {
  return program === 'http' || program === 'https' || program === 'xh';
}
