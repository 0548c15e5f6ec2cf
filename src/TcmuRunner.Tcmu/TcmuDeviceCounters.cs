// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>What a device has done since it started. The numbers are taken one after the other while it works.</summary>
/// <param name="Commands">Commands taken out of the ring.</param>
/// <param name="DataBytes">Length of their buffers in bytes.</param>
/// <param name="InFlight">Commands not yet answered.</param>
/// <param name="RingHighWaterBytes">The most bytes of the ring that were ever in use.</param>
/// <param name="RingSizeBytes">Length of the ring in bytes.</param>
/// <param name="TimeOuts">Commands that were still running when their time-out passed.</param>
/// <param name="InvalidEntries">Commands that were refused because their ring entry is invalid.</param>
/// <param name="Notifications">How often the kernel was told of answers.</param>
internal readonly record struct TcmuDeviceCounters(
    long Commands,
    long DataBytes,
    int InFlight,
    uint RingHighWaterBytes,
    uint RingSizeBytes,
    long TimeOuts,
    long InvalidEntries,
    long Notifications);
