import { createServer } from 'node:http';

const { POST } = (await import(`${process.cwd()}/app/api/stripe/route.ts`)) as {
  readonly POST: (request: Request) => Promise<Response>;
};

const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const headers = { 'stripe-signature': String(req.headers['stripe-signature']) };
    const request = new Request('http://127.0.0.1/api/stripe', {
      method: 'POST',
      headers,
      body: Buffer.concat(chunks),
    });
    void POST(request).then(async (answer) => {
      res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    });
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
