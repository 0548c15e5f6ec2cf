// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>Why a device is no longer served.</summary>
/// <param name="Reason">What happened.</param>
/// <param name="Exception">The failure, where it was one.</param>
internal sealed record TcmuDeviceEnd(TcmuDeviceEndReason Reason, Exception? Exception = null);
