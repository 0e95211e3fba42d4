import { readOptions } from '../shell/options.ts';
import type { CommandRule } from './rule.ts';

const KUBECTL_VALUED = [
  '-n',
  '--namespace',
  '--context',
  '--kubeconfig',
  '--cluster',
  '--user',
  '-s',
  '--server',
  '-l',
  '-f',
];

export const KUBERNETES_RULES: readonly CommandRule[] = [
  {
    id: 'kubectl-delete',
    category: 'kubernetes',
    says: 'deleting, draining or emptying what runs in a cluster',
    programs: ['kubectl', 'oc', 'k', 'kubecolor', 'microk8s', 'k3s'],
    matches: ({ args }) => {
      const { operands, has } = readOptions(args, KUBECTL_VALUED);
      const verb = /^(?:kubectl)$/.test(operands[0] ?? '') ? operands[1] : operands[0];
      if (args.some((arg) => /^--dry-run(?:=(?:client|server))?$/.test(arg))) return false;
      if (verb === 'delete' || verb === 'drain') return true;
      if (verb === 'replace') return has('', 'force');
      if (verb === 'apply') return has('', 'prune');
      return (
        verb === 'scale' &&
        args.some((arg, index) => arg === '--replicas=0' || (arg === '--replicas' && args[index + 1] === '0'))
      );
    },
    positives: [
      'kubectl delete pod x',
      'kubectl -n prod delete ns prod --force',
      'kubectl --context prod delete -f app.yaml',
      'kubectl drain node-1 --ignore-daemonsets',
      'kubectl scale deploy x --replicas=0',
      'oc delete project x',
    ],
    negatives: [
      'kubectl get pods',
      'kubectl apply -f app.yaml',
      'kubectl delete pod x --dry-run=client',
      'kubectl scale deploy x --replicas=3',
      'kubectl logs delete',
    ],
  },
  {
    id: 'helm-uninstall',
    category: 'kubernetes',
    says: 'uninstalling what a chart installed',
    programs: ['helm', 'helm3', 'helmfile', 'flux', 'argocd'],
    matches: ({ program, args }) => {
      const { operands, has } = readOptions(args, [...KUBECTL_VALUED, '--kube-context']);
      if (has('', 'dry-run')) return false;
      if (program === 'argocd') return operands[1] === 'delete';
      return /^(?:uninstall|delete|del|un|destroy)$/.test(operands[0] ?? '');
    },
    positives: ['helm uninstall release', 'helm -n prod delete release', 'helmfile destroy', 'argocd app delete x'],
    negatives: ['helm list', 'helm upgrade --install x chart', 'helm uninstall x --dry-run', 'argocd app get x'],
  },
  {
    id: 'cluster-delete',
    category: 'kubernetes',
    says: 'deleting a cluster',
    programs: ['kind', 'minikube', 'k3d', 'kubeadm', 'rke', 'rancher', 'velero', 'etcdctl'],
    matches: ({ args }) =>
      readOptions(args)
        .operands.slice(0, 2)
        .some((word) => /^(?:delete|reset|remove|del)$/.test(word)),
    positives: ['kind delete cluster', 'minikube delete', 'kubeadm reset -f', 'etcdctl del "" --prefix'],
    negatives: ['kind get clusters', 'minikube start', 'kubeadm version'],
  },
];
