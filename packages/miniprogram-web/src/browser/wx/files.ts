// Files, pictures and the clipboard.
import { h } from '../element'
import { openModal, showToast } from '../phone/dialogs'
import type { PrivacyCheck } from '../privacy'
import { words } from '../words'
import { api, type Options, string, WxFailure } from './api'

// The phone's file system: files by path. It is lost when the page closes.
function createFolder() {
  const files = new Map<string, Blob>()
  return {
    write: (path: string, content: Blob) => void files.set(path, content),
    /** A URL with which the browser can read the file. */
    urlOf(path: string): string {
      const content = files.get(path)
      return content ? URL.createObjectURL(content) : path
    },
    has: (path: string) => files.has(path),
  }
}

/** The members of wx for files, pictures and the clipboard. */
export function fileMembers(privacy: PrivacyCheck): Record<string, unknown> {
  const folder = createFolder()
  const writeFile = api('writeFile', (options) => {
    if (options.encoding !== 'base64') throw new WxFailure('the preview writes base64 only')
    const bytes = Uint8Array.from(atob(string(options.data)), (letter) => letter.charCodeAt(0))
    folder.write(string(options.filePath), new Blob([bytes]))
  })
  const downloadFile = api('downloadFile', async (options) => {
    const signal = AbortSignal.timeout(Number(options.timeout ?? 60_000))
    const response = await fetch(string(options.url), { signal }).catch((error: unknown) => {
      throw new WxFailure(error instanceof Error ? error.message : 'no answer')
    })
    const tempFilePath = `http://tmp/${crypto.randomUUID()}`
    folder.write(tempFilePath, await response.blob())
    return { statusCode: response.status, tempFilePath }
  })
  const keep = (path: string, name: string): void => h('a', { href: folder.urlOf(path), download: name }).click()

  return {
    setClipboardData: api('setClipboardData', async (options) => {
      await privacy.pass('setClipboardData')
      await copyText(string(options.data))
      showToast({ title: words.copied, icon: 'success', duration: 1500 })
    }),
    getFileSystemManager: () => ({
      writeFile: (options: Options): void => {
        writeFile({ complete: () => undefined, ...options })
      },
    }),
    saveImageToPhotosAlbum: api('saveImageToPhotosAlbum', async (options) => {
      await privacy.pass('saveImageToPhotosAlbum')
      const path = string(options.filePath)
      keep(path, path.split('/').pop() ?? 'image.png')
      showToast({ title: words.saved, icon: 'success', duration: 1500 })
    }),
    // wx.downloadFile returns a task object, never a promise. Passing a callback prevents the promise.
    downloadFile: (options: Options): object => {
      downloadFile({ complete: () => undefined, ...options })
      return { abort() {} }
    },
    shareFileMessage: api('shareFileMessage', async (options) => {
      const path = string(options.filePath)
      if (!folder.has(path)) throw new WxFailure('file not exist')
      const title = string(options.fileName, 'file')
      const { confirm } = await openModal({ title, content: words.toChat })
      if (!confirm) throw new WxFailure('cancel')
      keep(path, title)
    }),
    previewImage: api('previewImage', (options) => {
      const url = string(options.current, (options.urls as string[] | undefined)?.[0] ?? '')
      return openModal({ title: url, showCancel: false }).then(() => undefined)
    }),
    makePhoneCall: api('makePhoneCall', (options) =>
      openModal({ title: string(options.phoneNumber), showCancel: false }).then(() => undefined),
    ),
  }
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Without the clipboard permission only document.execCommand works.
    const area = h('textarea', { style: 'position:fixed;opacity:0' })
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}
