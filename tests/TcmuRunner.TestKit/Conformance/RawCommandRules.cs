// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Devices that speak SCSI themselves.</summary>
internal static class RawCommandRules
{
    public static IEnumerable<ConformanceRule> All =>
    [
        new("Every operation code is answered or declined, with any CDB", CheckEveryOperationCode),
    ];

    private static async Task CheckEveryOperationCode(ConformanceSession session)
    {
        IRawCommandDevice device = await session.OpenCapableAsync<IRawCommandDevice>(DeviceCapabilities.RawCommands);
        for (int operationCode = 0; operationCode <= byte.MaxValue; operationCode++)
        {
            byte[] noise = session.Noise(16);
            foreach (byte[] cdb in new[] { new byte[16], noise })
            {
                cdb[0] = (byte)operationCode;
                using var command = new RawCommand(cdb);
                IoStatus status = await session.RunAsync(() => device.ExecuteAsync(command, CancellationToken.None));
                Require.That(
                    (status.Outcome == IoOutcome.SenseProvided) == command.HasSense,
                    $"Operation code {operationCode:X2} ended with {status.Outcome}, and sense data was {(command.HasSense ? "set" : "not set")}.");
                Require.That(
                    command.DataInLength >= 0 && command.DataInLength <= command.DataIn.Length && command.IsGuardIntact,
                    $"Operation code {operationCode:X2} returned more data than there was room for.");
            }
        }
    }

    private sealed class RawCommand(byte[] cdb) : IRawCommand, IDisposable
    {
        private readonly ScatteredMemory _dataOut = new(512, 512);
        private readonly ScatteredMemory _dataIn = new(100, 412, 512);

        public ReadOnlySpan<byte> Cdb => cdb;

        public ScatterList DataOut => _dataOut.List;

        public ScatterList DataIn => _dataIn.List;

        public long DataInLength { get; set; }

        public bool HasSense { get; private set; }

        public bool IsGuardIntact => _dataOut.IsGuardIntact && _dataIn.IsGuardIntact;

        public void SetCheckCondition(byte senseKey, int additionalSenseCode) => HasSense = true;

        public void SetCheckCondition(ReadOnlySpan<byte> sense) => HasSense = true;

        public void Dispose()
        {
            _dataOut.Dispose();
            _dataIn.Dispose();
        }
    }
}
