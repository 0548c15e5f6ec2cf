// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>What a device has done since it was last opened.</summary>
/// <param name="Commands">Commands taken from the kernel.</param>
/// <param name="DataBytes">Bytes of data of these commands.</param>
/// <param name="CommandsInFlight">Commands that are not answered yet.</param>
/// <param name="RingHighWaterBytes">The most bytes of the command ring that were in use.</param>
/// <param name="RingSizeBytes">Size of the command ring in bytes.</param>
/// <param name="TimeOuts">Commands that were still running when their time-out passed.</param>
public readonly record struct TcmuDeviceStatistics(
    long Commands, long DataBytes, int CommandsInFlight, long RingHighWaterBytes, long RingSizeBytes, long TimeOuts);
