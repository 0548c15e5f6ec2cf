// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>A SCSI command of a session. Pooled by its loop; everything but its completion happens there.</summary>
internal sealed class IscsiTask : ScsiTask
{
    private readonly byte[] _cdb = new byte[MaximumCdbLength];
    private int _cdbLength;
    private List<SettleGate>? _waiters;

    internal IscsiTask() => ForeignCompletion = new CompletionWork(this);

    /// <summary>Brings the task back to its loop when it completes on another thread.</summary>
    internal LoopWorkItem ForeignCompletion { get; }

    /// <summary>The next one in the pool.</summary>
    internal IscsiTask? Next { get; set; }

    /// <summary>The connection that the command came on, and its data and response belong to.</summary>
    internal Connection Connection { get; private set; } = null!;

    internal TaskPhase Phase { get; set; }

    /// <summary>Its place among the session's commands.</summary>
    internal int Slot { get; set; }

    internal uint InitiatorTaskTag { get; private set; }

    internal uint CommandSequenceNumber { get; private set; }

    internal bool IsImmediate { get; private set; }

    internal bool IsRead { get; private set; }

    internal bool IsWrite { get; private set; }

    /// <summary>Bytes that the initiator sends, or without any of these takes.</summary>
    internal uint ExpectedLength { get; private set; }

    /// <summary>Bytes that the initiator takes where the command goes both ways.</summary>
    internal uint ExpectedReadLength { get; private set; }

    /// <summary>The eight bytes of the LUN field.</summary>
    internal ulong LunField { get; private set; }

    /// <summary>The unit, once the command's turn has come.</summary>
    internal LogicalUnit? Unit { get; set; }

    internal PooledBuffer? DataOutBuffer { get; set; }

    internal PooledBuffer? DataInBuffer { get; set; }

    /// <summary>Bytes of Data-Out that have arrived: always the first ones, because data come in order.</summary>
    internal uint Received { get; set; }

    /// <summary>Where the sequence ends that arrives now.</summary>
    internal uint SequenceEnd { get; set; }

    /// <summary>Up to where data were asked for.</summary>
    internal uint Solicited { get; set; }

    /// <summary>The DataSN that the next Data-Out must have.</summary>
    internal uint NextDataSequenceNumber { get; set; }

    /// <summary>R2Ts sent.</summary>
    internal uint ReadyToTransferCount { get; set; }

    /// <summary>Whether unsolicited Data-Out follow the command.</summary>
    internal bool AwaitsUnsolicited { get; set; }

    /// <summary>There was no memory for its data: it is refused, and its data are thrown away.</summary>
    internal bool HasNoBuffer { get; set; }

    /// <summary>Why the front refuses it without executing it; none for most.</summary>
    internal AdditionalSenseCode Refusal { get; set; }

    /// <summary>It must not be answered any more.</summary>
    internal bool IsAborted { get; private set; }

    /// <summary>The tag by which the initiator's data find the task.</summary>
    internal uint TargetTransferTag { get; set; }

    /// <summary>Whether the command is for a unit, also where its turn has not come.</summary>
    internal bool IsFor(LogicalUnit unit) => (Unit ?? Connection.Session!.Luns.Find(LunField)?.Unit) == unit;

    /// <inheritdoc/>
    protected internal override bool ReportsResiduals => true;

    /// <summary>Begins a life.</summary>
    internal void Begin(Connection connection, ReadOnlySpan<byte> header, in AdditionalHeaders additional)
    {
        var common = new BasicHeaderSegment(header);
        var command = new ScsiCommandHeader(header);
        Connection = connection;
        Phase = TaskPhase.Arriving;
        InitiatorTaskTag = common.InitiatorTaskTag;
        CommandSequenceNumber = common.CommandSequenceNumber;
        IsImmediate = common.IsImmediate;
        IsRead = command.IsRead;
        IsWrite = command.IsWrite;
        ExpectedLength = IsRead || IsWrite ? command.ExpectedDataTransferLength : 0;
        ExpectedReadLength = !IsRead ? 0 : IsWrite ? additional.ExpectedReadLength : ExpectedLength;
        LunField = BinaryPrimitives.ReadUInt64BigEndian(common.LogicalUnitNumber);
        command.Cdb.CopyTo(_cdb);
        additional.CdbContinuation.CopyTo(_cdb.AsSpan(ScsiCommandHeader.CdbLength));
        _cdbLength = ScsiCommandHeader.CdbLength + additional.CdbContinuation.Length;
        Unit = null;
        Received = 0;
        SequenceEnd = 0;
        Solicited = 0;
        NextDataSequenceNumber = 0;
        ReadyToTransferCount = 0;
        AwaitsUnsolicited = false;
        HasNoBuffer = false;
        Refusal = AdditionalSenseCode.None;
        IsAborted = false;
    }

    /// <summary>Makes it ready to be executed: all data are there.</summary>
    /// <param name="nexus">Who sent it.</param>
    /// <param name="readLength">How much Data-In there is room for.</param>
    internal void Load(ItNexus nexus, int readLength)
    {
        ScatterList dataOut = DataOutBuffer is null ? default : DataOutBuffer.List((int)ExpectedLength);
        ScatterList dataIn = DataInBuffer is null ? default : DataInBuffer.List(readLength);
        Prepare(nexus, _cdb.AsSpan(0, _cdbLength), dataOut, dataIn);
        Phase = TaskPhase.Executing;
    }

    /// <summary>Makes it ready to be refused by the front: no data either way.</summary>
    internal void LoadEmpty(ItNexus nexus) => Prepare(nexus, _cdb.AsSpan(0, _cdbLength), default, default);

    /// <summary>The CDB as it came.</summary>
    internal ReadOnlySpan<byte> ReceivedCdb => _cdb.AsSpan(0, _cdbLength);

    /// <summary>Marks the task, so that it is never answered, and asks the handler to give up.</summary>
    internal void MarkAborted()
    {
        if (IsAborted)
        {
            return;
        }

        IsAborted = true;
        if (Phase == TaskPhase.Executing)
        {
            Abort();
        }
    }

    /// <summary>Has somebody wait until the task is over.</summary>
    internal void AddWaiter(SettleGate waiter)
    {
        waiter.Hold();
        (_waiters ??= []).Add(waiter);
    }

    /// <summary>Tells those who wait that the task is over.</summary>
    internal void Settle()
    {
        if (_waiters is null)
        {
            return;
        }

        List<SettleGate> waiters = _waiters;
        _waiters = null;
        foreach (SettleGate waiter in waiters)
        {
            waiter.Release();
        }
    }

    /// <inheritdoc/>
    protected override void OnCompleted()
    {
        Hub hub = Connection.Hub;
        if (IoLoop.Current == hub.Loop)
        {
            Connection.CompleteTask(this);
        }
        else
        {
            hub.Loop.Post(ForeignCompletion);
        }
    }

    private sealed class CompletionWork(IscsiTask task) : LoopWorkItem
    {
        protected internal override void Run() => task.Connection.CompleteTask(task);
    }
}
