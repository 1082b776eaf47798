// The interface through which our use cases store files. runtime/cloud.ts implements it with wx-server-sdk, tests in
// memory.

export interface Files {
  /** Stores a file, and replaces an older file at this path. @returns the file's fileID */
  put(path: string, content: Uint8Array): Promise<string>
  get(fileId: string): Promise<Uint8Array>
  /** An address for downloading the file, valid for an hour; null if the file no longer exists. */
  link(fileId: string): Promise<string | null>
  remove(fileIds: readonly string[]): Promise<void>
}
