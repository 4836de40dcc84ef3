# Builds with the development dependencies, then throws them away.
# Name it by its digest where builds must be repeatable.
ARG NODE_IMAGE=node:24-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install scripts here, and `prepare` would build before the sources are there.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY workers ./workers
COPY dashboard ./dashboard
COPY scripts/make-database.ts ./scripts/
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

# What runs: Node, the compiled sources and what they import.
FROM ${NODE_IMAGE} AS runtime
LABEL org.opencontainers.image.title="planwire" \
      org.opencontainers.image.description="Keeps Unkey identities in step with Stripe subscriptions." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    PLANS_FILE=/etc/planwire/plans.yaml \
    DATA_DIR=/data \
    PORT=3000 \
    WORKER_PORT=3000
WORKDIR /app
COPY LICENSE ./
# For `planwire help`.
COPY docs ./docs
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Nothing else is written to: the root may be read-only.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
# One file for all roles; a worker in a container of its own has the port to itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).catch(() => fetch(`http://127.0.0.1:${process.env.WORKER_PORT}/healthz`)).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/src/main.js"]
CMD ["start"]
