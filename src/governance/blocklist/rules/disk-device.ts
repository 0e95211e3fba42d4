import { isDevice } from '../paths.ts';
import { readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { CommandRule } from './rule.ts';

export const DISK_DEVICE_RULES: readonly CommandRule[] = [
  {
    id: 'write-device',
    category: 'disk-device',
    says: 'writing to a device',
    programs: ['dd', '>', '>>', 'tee', 'cp', 'cat', 'pv'],
    matches: ({ program, args }) => {
      if (program === 'dd') return args.some((arg) => arg.startsWith('of=') && isDevice(arg.slice(3)));
      if (program === 'cp') return isDevice(args.at(-1) ?? '');
      return program !== 'cat' && program !== 'pv' && readOptions(args).operands.some(isDevice);
    },
    positives: [
      'dd if=/dev/zero of=/dev/sda bs=1M',
      'cat image > /dev/nvme0n1',
      'cp image.iso /dev/sdb',
      'x | sudo tee /dev/sdc',
    ],
    negatives: [
      'dd if=/dev/zero of=file.bin bs=1M count=10',
      'cat /dev/sda1',
      'echo x > /dev/null',
      'dd if=/dev/sda of=backup.img',
    ],
  },
  {
    id: 'make-file-system',
    category: 'disk-device',
    says: 'making a file system or a swap area over what stands there',
    programs: ['mkfs', 'mkswap', 'mke2fs', 'newfs', 'format-volume', 'initialize-disk', 'format', 'format.com'],
    matches: ({ program, args }) => program !== 'format' || args.some((arg) => /^[a-z]:/i.test(arg)),
    positives: [
      'mkfs -t ext4 /dev/sdb1',
      'mkfs.ext4 /dev/sdb1',
      'sudo mkfs.xfs -f /dev/vdb',
      'mkswap /dev/sda2',
      'format c: /q',
    ],
    negatives: ['npm run format', 'cargo fmt', 'man mkfs'],
  },
  {
    id: 'wipe-disk',
    category: 'disk-device',
    says: 'wiping data so that nobody gets it back',
    programs: [
      'wipefs',
      'shred',
      'blkdiscard',
      'hdparm',
      'nvme',
      'badblocks',
      'cryptsetup',
      'clear-disk',
      'sdelete',
      'scrub',
    ],
    matches: wipes,
    positives: [
      'wipefs -a /dev/sda',
      'shred -u secret.txt',
      'blkdiscard /dev/sda',
      'cryptsetup luksFormat /dev/sda3',
      'nvme format /dev/nvme0',
    ],
    negatives: [
      'wipefs /dev/sda',
      'hdparm -I /dev/sda',
      'nvme list',
      'cryptsetup status root',
      'badblocks -n /dev/sda',
    ],
  },
  {
    id: 'change-partitions',
    category: 'disk-device',
    says: 'changing partitions or volumes',
    programs: [
      ...['fdisk', 'sfdisk', 'cfdisk', 'gdisk', 'sgdisk', 'parted', 'diskutil', 'diskpart', 'lvremove', 'vgremove'],
      ...['pvremove', 'lvreduce', 'zpool', 'zfs', 'mdadm', 'btrfs'],
    ],
    matches: changesPartitions,
    positives: [
      'fdisk /dev/sda',
      'parted /dev/sda mklabel gpt',
      'diskutil eraseDisk JHFS+ X disk2',
      'zpool destroy tank',
      'lvremove -f vg/lv',
    ],
    negatives: [
      'fdisk -l',
      'parted -l',
      'parted /dev/sda print',
      'diskutil list',
      'zpool status',
      'zfs list',
      'mdadm --detail /dev/md0',
    ],
  },
];

function wipes({ program, args }: ProgramCall): boolean {
  const { has, operands } = readOptions(args);
  if (program === 'wipefs') return has('a', 'all') || has('o', 'offset');
  if (program === 'hdparm')
    return args.some((arg) => /^--(?:security-erase|trim-sector-ranges|make-bad-sector)/.test(arg));
  if (program === 'nvme') return /^(?:format|sanitize|delete-ns)$/.test(operands[0] ?? '');
  if (program === 'badblocks') return has('w');
  if (program === 'cryptsetup')
    return operands.some((word) => /^(?:luksformat|erase|lukserase|reencrypt)$/i.test(word));
  return true;
}

function changesPartitions({ program, args }: ProgramCall): boolean {
  const { has, operands } = readOptions(args);
  const [first = ''] = operands;
  switch (program) {
    case 'fdisk':
    case 'sfdisk':
    case 'gdisk':
    case 'cfdisk':
    case 'sgdisk':
      return operands.length > 0 && !has('l', 'list') && !has('p', 'print') && !has('d', 'dump') && !has('v', 'verify');
    case 'parted':
      return operands.length > 0 && !has('l', 'list') && operands[1] !== 'print';
    case 'diskutil':
      return (
        /^(?:erase|partition|secureerase|zerodisk|randomdisk|reformat|apfs)/i.test(first) && operands[1] !== 'list'
      );
    case 'zpool':
      return /^(?:destroy|labelclear)$/.test(first);
    case 'zfs':
      return /^(?:destroy|rollback)$/.test(first);
    case 'mdadm':
      return has('', 'zero-superblock') || has('', 'stop') || has('', 'remove') || has('S');
    case 'btrfs':
      return operands.includes('delete');
    default:
      return true;
  }
}
