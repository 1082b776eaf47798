// Cloud storage in memory, for tests of use cases.
import type { Files } from '../../../cloudfunctions/shared/store/files'

export interface MemoryFiles extends Files {
  readonly stored: Map<string, Uint8Array>
}

export function createMemoryFiles(): MemoryFiles {
  const stored = new Map<string, Uint8Array>()
  return {
    stored,
    async put(path, content) {
      const fileId = `cloud://memory/${path}`
      stored.set(fileId, content.slice())
      return fileId
    },
    async get(fileId) {
      const content = stored.get(fileId)
      if (!content) throw new Error(`no file ${fileId}`)
      return content
    },
    link: async (fileId) => (stored.has(fileId) ? `http://files.test/${fileId.slice(8)}` : null),
    async remove(fileIds) {
      for (const fileId of fileIds) stored.delete(fileId)
    },
  }
}
