// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>
/// One command on its way through a logical unit (SAM-5's task). A front derives its own, pools it, prepares it and gives it to
/// <see cref="LogicalUnit.Execute"/>; it comes back through <see cref="OnCompleted"/> exactly once, on any thread.
/// </summary>
/// <remarks>
/// The task, its buffers and its token may be used until <see cref="OnCompleted"/> is called; then the front may reuse it. Prepare, abort and
/// reuse happen on the loop that owns the task.
/// </remarks>
#pragma warning disable CA1001 // A token source without a timer and without a wait handle holds nothing that must be freed.
public abstract partial class ScsiTask : IRawCommand
#pragma warning restore CA1001
{
    /// <summary>The longest CDB: a variable-length one (SPC-5 4.2.3).</summary>
    public const int MaximumCdbLength = 260;

    /// <summary>Sense data bytes that every front can carry.</summary>
    public const int SenseLength = 96;

    private readonly byte[] _cdb = new byte[MaximumCdbLength];
    private readonly byte[] _sense = new byte[SenseLength];
    private int _cdbLength;
    private long _dataInLength;
    private CancellationTokenSource _cancellation = new();

    /// <summary>Creates a task; fronts pool it.</summary>
    protected ScsiTask() => _resume = Resume;

    /// <summary>The nexus that sent the command.</summary>
    public ItNexus Nexus { get; private set; } = null!;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Cdb => _cdb.AsSpan(0, _cdbLength);

    /// <inheritdoc/>
    public ScatterList DataOut { get; private set; }

    /// <inheritdoc/>
    public ScatterList DataIn { get; private set; }

    /// <inheritdoc/>
    public long DataInLength
    {
        get => _dataInLength;

        // A raw handler may say anything; a front must be able to trust the value.
        set => _dataInLength = Math.Clamp(value, 0, DataIn.Length);
    }

    /// <summary>
    /// How many bytes the command transfers by its CDB, whatever room or data the front had for it; negative where the engine does not say.
    /// The front's residual is the difference from what its initiator expected.
    /// </summary>
    public long TransferLength { get; private set; }

    /// <summary>
    /// Whether the initiator is told of residuals. Then a command for which it expected to transfer less than its CDB says is carried out for
    /// whole blocks as far as they go (RFC 7143 11.4.5.2); otherwise it is refused, because nobody would notice. Default false.
    /// </summary>
    protected internal virtual bool ReportsResiduals => false;

    /// <summary>How the command ended; valid in <see cref="OnCompleted"/>.</summary>
    public ScsiStatus Status { get; private set; }

    /// <summary>Sense data, <see cref="SenseLength"/> bytes filled up with zeros; counts only with <see cref="ScsiStatus.CheckCondition"/>.</summary>
    public ReadOnlySpan<byte> Sense => _sense;

    /// <summary>Cancelled when the command is aborted.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Makes the task ready for a command; called by the front before <see cref="LogicalUnit.Execute"/>.</summary>
    /// <param name="nexus">Who sent it.</param>
    /// <param name="cdb">The CDB, 1 to <see cref="MaximumCdbLength"/> bytes; copied.</param>
    /// <param name="dataOut">The initiator's data.</param>
    /// <param name="dataIn">Room for the answer; may be the same memory as <paramref name="dataOut"/> where the direction is unknown.</param>
    protected void Prepare(ItNexus nexus, ReadOnlySpan<byte> cdb, ScatterList dataOut, ScatterList dataIn)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cdb.Length, nameof(cdb));
        cdb.CopyTo(_cdb);
        _cdbLength = cdb.Length;
        Nexus = nexus;
        DataOut = dataOut;
        DataIn = dataIn;
        _dataInLength = 0;
        TransferLength = -1;
        Status = ScsiStatus.Good;
        if (!_cancellation.TryReset())
        {
            // Only after an abort: a cancelled source cannot be used again.
            _cancellation.Dispose();
            _cancellation = new CancellationTokenSource();
        }
    }

    /// <summary>Cancels the command's token: the handler may give up. The command still completes exactly once. On the owning loop only.</summary>
    public void Abort()
    {
        // The token first: whoever is about to queue the command looks at it under the queue's lock, which CancelWait takes afterwards.
        _cancellation.Cancel();
        _unit?.CancelWait(this);
    }

    /// <inheritdoc/>
    public void SetCheckCondition(byte senseKey, int additionalSenseCode) =>
        SetCheckCondition((SenseKey)(senseKey & 0x0F), (AdditionalSenseCode)(ushort)additionalSenseCode);

    /// <inheritdoc/>
    public void SetCheckCondition(ReadOnlySpan<byte> sense)
    {
        sense = sense[..Math.Min(sense.Length, SenseLength)];
        sense.CopyTo(_sense);
        _sense.AsSpan(sense.Length).Clear();
        Status = ScsiStatus.CheckCondition;
    }

    /// <summary>The command is done: status, sense and <see cref="DataInLength"/> are final and nobody touches its memory any more. Any thread.</summary>
    protected abstract void OnCompleted();
}
