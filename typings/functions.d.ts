// wx-server-sdk 4.0.2 ships types only for the old API surface; what we use of it is declared in runtime/cloud.ts.
