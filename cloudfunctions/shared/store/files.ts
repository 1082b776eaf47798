// Cloud storage as our use cases see it; runtime/cloud.ts implements it on wx-server-sdk, tests in memory.

export interface Files {
  /** Puts a file, over one that is there. @returns its fileID */
  put(path: string, content: Uint8Array): Promise<string>
  get(fileId: string): Promise<Uint8Array>
  /** An address that works for an hour; null for a file that is gone. */
  link(fileId: string): Promise<string | null>
  remove(fileIds: readonly string[]): Promise<void>
}
