// What the shop asks Midas, as the local cloud's trace tells.

/** Counts the questions about payments. @param url the local cloud's */
export async function countQuestions(url: string) {
  const stream = (await fetch(`${url}/local/trace`)).body?.getReader()
  let text = ''
  const reading = (async () => {
    for (let chunk = await stream?.read(); chunk && !chunk.done; chunk = await stream?.read())
      text += Buffer.from(chunk.value).toString()
  })()
  return {
    about: (paymentNo: string) =>
      text.split('\n').filter((line) => line.includes('"query_order"') && line.includes(paymentNo)).length,
    async end() {
      await stream?.cancel()
      await reading
    },
  }
}
