// Sets the permissions of cloud storage. Exports and bills are stored there, so only functions may read it.
import type { Run } from './run'

const permission = 'ADMINONLY'

export async function deployStorage(run: Run): Promise<void> {
  const { cloud } = run
  const place = { EnvId: cloud.envId, Bucket: cloud.bucket }
  const { AclTag } = await cloud.read<{ AclTag?: string }>('tcb', 'DescribeStorageSafeRule', place)
  if (AclTag === permission) return
  await run.change(`set the permission of cloud storage: ${AclTag ?? 'default'} becomes ${permission}`, () =>
    cloud.write('tcb', 'ModifyStorageSafeRule', { ...place, AclTag: permission }),
  )
}
