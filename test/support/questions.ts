// Counts the queries that our server sends to Midas, from the local cloud's trace.

/** Counts the queries about payments. @param url address of the local cloud */
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
