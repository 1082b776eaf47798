// One deed at a time on a page, however often its button is tapped.
import { codeOf, type Detail, detailsOf, type FailureCode } from '../../services/cloud'

interface Doer {
  data: { busy: string }
  setData(data: { busy: string }): void
}

/**
 * Does this unless another deed is still under way.
 * @param name what `busy` says meanwhile
 * @param failed says why it did not happen
 */
export async function once(
  page: Doer,
  name: string,
  work: () => Promise<void>,
  failed: (code: FailureCode, details: readonly Detail[]) => void | Promise<void>,
): Promise<void> {
  if (page.data.busy !== '') return
  page.setData({ busy: name })
  try {
    await work()
  } catch (error) {
    await failed(codeOf(error), detailsOf(error))
  } finally {
    page.setData({ busy: '' })
  }
}
