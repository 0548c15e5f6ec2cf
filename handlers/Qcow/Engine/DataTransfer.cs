// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// A read or write that goes straight to host clusters, piece by piece; what is not that simple is left to the slow path. Pooled, so that a
/// command on allocated clusters allocates nothing however many are in flight. It leaves the gate before anybody sees its end.
/// </summary>
internal sealed class DataTransfer : IoCompletion
{
    private readonly Pool _pool;
    private readonly Action _continue;
    private DataTransfer? _next;
    private ValueTaskAwaiter<IoStatus> _awaiter;
    private ScatterList _data;
    private CancellationToken _cancellationToken;
    private WriteOptions _options;
    private long _offset;
    private long _done;
    private long _pieceBytes;
    private int _generation;
    private bool _isWrite;

    private DataTransfer(Pool pool)
    {
        _pool = pool;
        _continue = Continue;
    }

    /// <summary>The transfers of one image.</summary>
    /// <param name="image">The image.</param>
    internal sealed class Pool(Qcow2Image image)
    {
        private const int MaximumFree = 1024;
        private readonly Lock _lock = new();
        private DataTransfer? _free;
        private int _count;

        public Qcow2Image Image => image;

        /// <summary>Starts a transfer; the caller has entered the gate.</summary>
        public ValueTask<IoStatus> Run(int generation, long offset, ScatterList data, bool isWrite, WriteOptions options, CancellationToken cancellationToken)
        {
            DataTransfer transfer = Rent();
            transfer._generation = generation;
            transfer._offset = offset;
            transfer._data = data;
            transfer._isWrite = isWrite;
            transfer._options = options;
            transfer._cancellationToken = cancellationToken;
            transfer._done = 0;
            ValueTask<IoStatus> result = transfer.Start();
            transfer.Advance();
            return result;
        }

        public void Return(DataTransfer transfer)
        {
            lock (_lock)
            {
                if (_count < MaximumFree)
                {
                    transfer._next = _free;
                    _free = transfer;
                    _count++;
                }
            }
        }

        private DataTransfer Rent()
        {
            lock (_lock)
            {
                if (_free is { } transfer)
                {
                    _free = transfer._next;
                    _count--;
                    return transfer;
                }
            }

            return new DataTransfer(this);
        }
    }

    protected override void OnConsumed()
    {
        _awaiter = default;
        _cancellationToken = default;
        _pool.Return(this);
    }

    private void Continue()
    {
        if (TryTakeResult())
        {
            Advance();
        }
    }

    // A loop, not recursion: pieces that complete at once must not pile up on the stack.
    private void Advance()
    {
        do
        {
            if (_done == _data.Length)
            {
                Finish(IoStatus.Good);
                return;
            }

#pragma warning disable CA2012 // The result is taken once, in TryTakeResult; an async method would allocate.
            _awaiter = _pool.Image.TransferPiece(
                _offset + _done, _data.Slice(_done), _isWrite, _options, _cancellationToken, out _pieceBytes).GetAwaiter();
#pragma warning restore CA2012
            if (!_awaiter.IsCompleted)
            {
                _awaiter.UnsafeOnCompleted(_continue);
                return;
            }
        }
        while (TryTakeResult());
    }

    private bool TryTakeResult()
    {
        IoStatus status;
        try
        {
            status = _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            status = _pool.Image.NoteFailure(failure);
        }

        _done += _pieceBytes;
        if (!status.IsGood)
        {
            Finish(status);
        }

        return status.IsGood;
    }

    private void Finish(IoStatus status)
    {
        _pool.Image.LeaveGate(_generation);
        Complete(status);
    }
}
