// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>
/// The connections in use. A disk has one of its own unless it asks to share: the cluster shuts out (blocklists) a whole connection, and
/// takes one service registration of each. Thread safe.
/// </summary>
internal sealed class ConnectionPool
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ConnectionKey, SharedConnection> _shared = [];

    /// <summary>Gives a connection, which the caller must dispose. Blocks while it is made.</summary>
    /// <exception cref="Abstractions.HandlerException">The cluster cannot be reached.</exception>
    public ConnectionLease Acquire(RbdConfiguration configuration, string device, ILogger logger)
    {
        if (!configuration.IsShared)
        {
            return new ConnectionLease(RadosConnection.Connect(configuration, device, logger));
        }

        SharedConnection shared = Join(new ConnectionKey(configuration.ConfigurationFile, configuration.Id, configuration.OperationTimeout));
        try
        {
            // Whoever comes first connects, the others wait for that; after a failure the next one tries again.
            lock (shared.Connecting)
            {
                shared.Connection ??= RadosConnection.Connect(configuration, device, logger);
            }

            return new ConnectionLease(shared.Connection, this, shared);
        }
        catch
        {
            Leave(shared);
            throw;
        }
    }

    /// <summary>Gives a shared connection to nobody else: the cluster has shut it out. Those that have it keep it until they notice.</summary>
    internal void Retire(SharedConnection shared)
    {
        lock (_lock)
        {
            Forget(shared);
        }
    }

    /// <summary>Counts a user less, and disconnects behind the last one.</summary>
    internal void Leave(SharedConnection shared)
    {
        lock (_lock)
        {
            if (--shared.Users > 0)
            {
                return;
            }

            Forget(shared);
        }

        shared.Connection?.Dispose();
    }

    private SharedConnection Join(ConnectionKey key)
    {
        lock (_lock)
        {
            if (!_shared.TryGetValue(key, out SharedConnection? shared))
            {
                _shared.Add(key, shared = new SharedConnection(key));
            }

            shared.Users++;
            return shared;
        }
    }

    private void Forget(SharedConnection shared)
    {
        if (_shared.GetValueOrDefault(shared.Key) == shared)
        {
            _shared.Remove(shared.Key);
        }
    }

    /// <summary>What two disks must have in common to share a connection.</summary>
    internal sealed record ConnectionKey(string? ConfigurationFile, string? Id, int? OperationTimeout);

    /// <summary>A connection and how many disks use it.</summary>
    internal sealed class SharedConnection(ConnectionKey key)
    {
        public ConnectionKey Key { get; } = key;

        public Lock Connecting { get; } = new();

        public RadosConnection? Connection { get; set; }

        public int Users { get; set; }
    }
}
