// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd;

/// <summary>One disk's hold on a connection.</summary>
internal sealed class ConnectionLease : IDisposable
{
    private readonly ConnectionPool? _pool;
    private readonly ConnectionPool.SharedConnection? _shared;
    private int _isDisposed;

    /// <summary>Holds a connection that nobody else uses.</summary>
    public ConnectionLease(RadosConnection connection) => Connection = connection;

    /// <summary>Holds a share of a connection.</summary>
    public ConnectionLease(RadosConnection connection, ConnectionPool pool, ConnectionPool.SharedConnection shared)
    {
        Connection = connection;
        _pool = pool;
        _shared = shared;
    }

    /// <summary>The connection, usable until this is disposed.</summary>
    public RadosConnection Connection { get; }

    /// <summary>Whether other disks may use the connection too.</summary>
    public bool IsShared => _shared is not null;

    /// <summary>Makes sure that nobody else is given this connection.</summary>
    public void Retire()
    {
        if (_shared is not null)
        {
            _pool!.Retire(_shared);
        }
    }

    /// <summary>Lets go; the last one disconnects, which blocks. Safe to call twice.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_shared is null)
        {
            Connection.Dispose();
        }
        else
        {
            _pool!.Leave(_shared);
        }
    }
}
