// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Memory;
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>Opens logical units for tests and runs single commands on them.</summary>
public static class TestUnit
{
    /// <summary>Options for a device of 2048 blocks of 512 bytes.</summary>
    public static LogicalUnitOptions Options { get; } = new()
    {
        Name = "test/disk",
        Configuration = "test/disk",
        BlockSizeBytes = 512,
        SizeBytes = 2048 * 512,
        Environment = new TestEnvironment(),
    };

    /// <summary>The nexus that <see cref="Run"/> uses.</summary>
    public static ItNexus Nexus { get; } = new("test");

    /// <summary>Opens a logical unit over a test's device.</summary>
    public static LogicalUnit Open(IHandlerDevice device, LogicalUnitOptions? options = null, ILogger? logger = null)
    {
        ValueTask<LogicalUnit> opened = LogicalUnit.OpenAsync(
            new TestCatalog(new TestHandler(_ => device)), NoFiles.Instance, options ?? Options, logger ?? NullLogger.Instance, CancellationToken.None);
        return opened.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Opens a logical unit over the memory handler.</summary>
    public static LogicalUnit OpenMemory(LogicalUnitOptions? options = null)
    {
        ValueTask<LogicalUnit> opened = LogicalUnit.OpenAsync(
            new TestCatalog(new MemoryHandler()),
            NoFiles.Instance,
            (options ?? Options) with { Configuration = "memory/" },
            NullLogger.Instance,
            CancellationToken.None);
        return opened.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Executes a command and waits for its end.</summary>
    /// <param name="unit">The logical unit.</param>
    /// <param name="cdb">The CDB in hex, spaces allowed.</param>
    /// <param name="dataOut">The data to send.</param>
    /// <param name="dataIn">Room for data to return.</param>
    /// <param name="nexus">Who sends it; null for <see cref="Nexus"/>.</param>
    public static TestTask Run(this LogicalUnit unit, string cdb, byte[]? dataOut = null, int dataIn = 0, ItNexus? nexus = null)
    {
        ArgumentNullException.ThrowIfNull(unit);
        TestTask task = Prepare(cdb, dataOut, dataIn, nexus);
        unit.Execute(task);
        return task.Completed();
    }

    /// <summary>Prepares a command.</summary>
    public static TestTask Prepare(string cdb, byte[]? dataOut = null, int dataIn = 0, ItNexus? nexus = null)
    {
        ArgumentNullException.ThrowIfNull(cdb);
        byte[] bytes = Convert.FromHexString(cdb.Replace(" ", string.Empty, StringComparison.Ordinal));
        return new TestTask().Set(nexus ?? Nexus, bytes, dataOut, dataIn);
    }

    private sealed class NoFiles : IAsyncFileSystem
    {
        public static NoFiles Instance { get; } = new();

        public AsyncFile Open(string path, AsyncFileOptions options) => throw new NotSupportedException("A device in memory opens no file.");
    }
}
