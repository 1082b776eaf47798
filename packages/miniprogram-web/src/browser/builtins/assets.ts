// Resolves addresses in WXML: they are relative to the WXML file and not to the browser's page.
import type { Instance } from '../instance'

function ownerPath(instance: Instance): string {
  const host = instance._$.ownerShadowRoot?.getHostNode() as { is?: string } | undefined
  return host?.is ?? ''
}

export function pageUrl(instance: Instance, url: string): string {
  if (url.startsWith('/')) return url
  const { pathname, search } = new URL(url, `http://phone/${ownerPath(instance)}`)
  return pathname + search
}

export function assetUrl(instance: Instance, source: string): string {
  if (source === '' || /^(?:https?:|data:|blob:|\/\/)/.test(source)) return source
  return new URL(source, `http://phone/${ownerPath(instance)}`).pathname
}
