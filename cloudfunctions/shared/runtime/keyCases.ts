// Makes cases for staff about keys that a provider refuses: one case for each provider, generation of settings and key.
// A case is closed when the provider accepts the key again, when settings are saved, or when a staff member dismisses
// it.
import { isAppError } from '../domain/errors'
import type { Http, KeysVerdict, ProviderDefinition } from '../providers/provider'
import type { Database } from '../store/database'
import { dismissNotice, type KeptNotice, keepNotice, keyCaseId, openKeyCases, readNotice } from '../store/notices'

/** The settings whose keys signed a request. */
export interface Signer {
  provider: string
  generation: number
}

export type HearVerdict = (signer: Signer, verdict: KeysVerdict) => Promise<void>

/** Wraps a provider's HTTP function. After each reply it reports whether the provider accepted our keys. */
export const heardHttp =
  (http: Http, { code: provider, judgeKeys }: ProviderDefinition, generation: number, hear: HearVerdict): Http =>
  async (request) => {
    const response = await http(request)
    const verdict = judgeKeys(response)
    if (verdict) await hear({ provider, generation }, verdict)
    return response
  }

// Write a case for the same key at most once a minute. Otherwise every refused payment would cause a write.
const againMs = 60_000

export interface KeyCases {
  /**
   * Loads the stored cases. So this instance notices if a provider accepts a key for which there is a case. Never
   * throws.
   */
  load(): Promise<void>
  /**
   * Records whether a provider accepted a key. Writes only when a key is refused, and when a refused key is accepted
   * again. Never throws.
   */
  hear: HearVerdict
  /**
   * Records whether a provider accepted a key in a test that a staff member started. Reads the stored cases first,
   * because this instance may not have loaded them.
   */
  hearNow: HearVerdict
}

export function createKeyCases(
  db: Database,
  now: () => number,
  log: (event: string, fields: Record<string, string>) => void,
): KeyCases {
  let standing = new Set<string>()
  const keptAt = new Map<string, number>()

  const failed = (error: unknown): void =>
    log('keyCaseNotKept', { error: isAppError(error) ? error.code : error instanceof Error ? error.name : 'unknown' })

  const load = async (): Promise<void> => {
    try {
      standing = new Set((await openKeyCases(db)).map(({ _id }) => _id))
    } catch (error) {
      failed(error)
    }
  }

  const refused = async ({ provider, generation }: Signer, field: string): Promise<void> => {
    const id = keyCaseId({ provider, generation, field })
    const at = now()
    if (standing.has(id) && at - (keptAt.get(id) ?? Number.NEGATIVE_INFINITY) < againMs) return
    standing.add(id)
    keptAt.set(id, at)
    log('keysRefused', { provider, field })
    const entry = { id, kind: 'keysRefused' as const, provider, orderNo: null, reason: field, content: null, count: 1 }
    await keepNotice(db, { ...entry, now: at })
  }

  const accepted = async ({ provider, generation }: Signer, field: string | undefined): Promise<void> => {
    const ids = [...standing].filter((id) =>
      field === undefined
        ? id.startsWith(keyCaseId({ provider, generation, field: '' }))
        : id === keyCaseId({ provider, generation, field }),
    )
    for (const id of ids) {
      standing.delete(id)
      keptAt.delete(id)
      const there: KeptNotice | undefined = await readNotice(db, id)
      if (there?.dismissedAt === null) await dismissNotice(db, there, { by: 'system', note: 'accepted', now: now() })
    }
  }

  const hear: HearVerdict = async (signer, verdict) => {
    try {
      if (verdict.isAccepted) await accepted(signer, verdict.field)
      else await refused(signer, verdict.field)
    } catch (error) {
      failed(error)
    }
  }

  return {
    load,
    hear,
    async hearNow(signer, verdict) {
      await load()
      await hear(signer, verdict)
    },
  }
}
