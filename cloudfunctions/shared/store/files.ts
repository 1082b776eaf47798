// The interface of cloud storage for our use cases. runtime/cloud.ts implements it on wx-server-sdk, tests in memory.

export interface Files {
  /** Stores a file and replaces an older one at this path. @returns the file's fileID */
  put(path: string, content: Uint8Array): Promise<string>
  get(fileId: string): Promise<Uint8Array>
  /** A download address that is valid for an hour; null if the file no longer exists. */
  link(fileId: string): Promise<string | null>
  remove(fileIds: readonly string[]): Promise<void>
}
