// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>
/// A command over buffers of its own. Guard bytes stand before and behind each buffer; <see cref="Completed"/> throws when a command wrote
/// there, or when it completed more than once.
/// </summary>
public sealed unsafe class TestTask : ScsiTask, IDisposable
{
    private const int Guard = 64;
    private const byte GuardByte = 0xA5;
    private readonly ManualResetEventSlim _done = new();
    private readonly IoBuffer _vectors;
    private IoBuffer _dataOut = new(2 * Guard);
    private IoBuffer _dataIn = new(2 * Guard);
    private int _dataOutLength;
    private int _dataInLength;
    private int _completions;

    /// <summary>Creates a task without a command.</summary>
    public TestTask() => _vectors = new IoBuffer(4 * sizeof(IoVector));

    /// <summary>Called on the completing thread, after everything is recorded.</summary>
    public Action<TestTask>? WhenCompleted { get; set; }

    /// <summary>Whether the front reports residuals. Default false.</summary>
    public bool HasResiduals { get; set; }

    /// <inheritdoc/>
    protected override bool ReportsResiduals => HasResiduals;

    /// <summary>How often the command has completed: must end as 1.</summary>
    public int Completions => Volatile.Read(ref _completions);

    /// <summary>Whether the command has completed.</summary>
    public bool IsCompleted => Completions != 0;

    /// <summary>The data returned.</summary>
    public ReadOnlySpan<byte> Returned => _dataIn.Span.Slice(Guard, (int)DataInLength);

    /// <summary>The whole buffer for data returned.</summary>
    public Span<byte> DataInBuffer => _dataIn.Span.Slice(Guard, _dataInLength);

    /// <summary>The data sent.</summary>
    public Span<byte> DataOutBuffer => _dataOut.Span.Slice(Guard, _dataOutLength);

    /// <summary>Sense key of the sense data.</summary>
    public SenseKey SenseKey => (SenseKey)(Sense[2] & 0x0F);

    /// <summary>ASC and ASCQ of the sense data.</summary>
    public AdditionalSenseCode Code => (AdditionalSenseCode)((Sense[12] << 8) | Sense[13]);

    /// <summary>Prepares a command. Each buffer is given as two pieces, so that nothing relies on a single one.</summary>
    /// <param name="nexus">Who sends it.</param>
    /// <param name="cdb">The CDB.</param>
    /// <param name="dataOut">The data to send.</param>
    /// <param name="dataInLength">Room for data to return.</param>
    public TestTask Set(ItNexus nexus, ReadOnlySpan<byte> cdb, ReadOnlySpan<byte> dataOut = default, int dataInLength = 0)
    {
        SetBuffers(dataOut.Length, dataInLength);
        dataOut.CopyTo(DataOutBuffer);
        Rearm(nexus, cdb);
        return this;
    }

    /// <summary>Prepares another command over the buffers of the last one. Allocates nothing.</summary>
    public void Rearm(ItNexus nexus, ReadOnlySpan<byte> cdb)
    {
        _completions = 0;
        _done.Reset();
        fixed (byte* vectors = _vectors.Span)
        {
            Prepare(
                nexus,
                cdb,
                Split((IoVector*)vectors, _dataOut, _dataOutLength),
                Split((IoVector*)vectors + 2, _dataIn, _dataInLength));
        }
    }

    /// <summary>Waits for the completion.</summary>
    /// <exception cref="TimeoutException">It did not come.</exception>
    /// <exception cref="InvalidOperationException">The command completed twice, or wrote outside its buffers.</exception>
    public TestTask Completed()
    {
        if (!_done.Wait(TimeSpan.FromSeconds(30)))
        {
            throw new TimeoutException($"The command {Convert.ToHexString(Cdb)} did not complete.");
        }

        CheckGuards();
        return Completions == 1 ? this : throw new InvalidOperationException($"The command {Convert.ToHexString(Cdb)} completed {Completions} times.");
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        _dataOut.Dispose();
        _dataIn.Dispose();
        _vectors.Dispose();
        _done.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnCompleted()
    {
        Interlocked.Increment(ref _completions);
        _done.Set();
        WhenCompleted?.Invoke(this);
    }

    private void SetBuffers(int dataOutLength, int dataInLength)
    {
        _dataOutLength = dataOutLength;
        _dataInLength = dataInLength;
        Resize(ref _dataOut, dataOutLength);
        Resize(ref _dataIn, dataInLength);
    }

    private static void Resize(ref IoBuffer buffer, int length)
    {
        if (buffer.Length < length + (2 * Guard))
        {
            buffer.Dispose();
            buffer = new IoBuffer(length + (2 * Guard));
        }

        buffer.Span.Fill(GuardByte);
        buffer.Span.Slice(Guard, length).Clear();
    }

    private static ScatterList Split(IoVector* vectors, IoBuffer buffer, int length)
    {
        fixed (byte* start = buffer.Span)
        {
            int first = Math.Min(length, (length / 2) + 3);
            vectors[0] = new IoVector((nint)(start + Guard), (nuint)first);
            vectors[1] = new IoVector((nint)(start + Guard + first), (nuint)(length - first));
            return new ScatterList(vectors, 2);
        }
    }

    private void CheckGuards()
    {
        bool isIntact = !_dataOut.Span[..Guard].ContainsAnyExcept(GuardByte)
            && !_dataOut.Span[(Guard + _dataOutLength)..].ContainsAnyExcept(GuardByte)
            && !_dataIn.Span[..Guard].ContainsAnyExcept(GuardByte)
            && !_dataIn.Span[(Guard + _dataInLength)..].ContainsAnyExcept(GuardByte);
        if (!isIntact)
        {
            throw new InvalidOperationException($"The command {Convert.ToHexString(Cdb)} wrote outside its buffers.");
        }
    }
}
