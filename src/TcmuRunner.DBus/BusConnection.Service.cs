// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.DBus.Native;
using TcmuRunner.DBus.Objects;
using TcmuRunner.DBus.Wire;

namespace TcmuRunner.DBus;

/// <content>Serving objects.</content>
public sealed partial class BusConnection
{
    // What mount and the kernel's configuration need; where the bus does not tell capabilities, the sender has to be root.
    private const int CapabilitySysAdmin = 21;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnCall(nint message, nint userdata, nint error)
    {
        try
        {
            var connection = (BusConnection)GCHandle.FromIntPtr(userdata).Target!;
            connection.Answer(message);
            return 1;
        }
        catch (Exception)
        {
            // The caller gets EIO as an error; no exception may cross native code, and there is nobody else to tell.
            return -Errno.InputOutput;
        }
    }

    private void Answer(nint message)
    {
        try
        {
            string path = LibSystemd.Text(LibSystemd.MessageGetPath(message))!;
            string member = LibSystemd.Text(LibSystemd.MessageGetMember(message))!;
            BusMethod method = Dispatcher.Find(_tree!, path, LibSystemd.Text(LibSystemd.MessageGetInterface(message)), member);
            string signature = LibSystemd.Text(LibSystemd.MessageGetSignature(message, 1)) ?? "";
            if (signature != method.InputSignature)
            {
                throw new BusException(BusErrorName.InvalidArgs, $"'{member}' takes '{method.InputSignature}' and not '{signature}'.");
            }

            if (method.IsPrivileged && LibSystemd.BusQuerySenderPrivilege(message, CapabilitySysAdmin) <= 0)
            {
                throw new BusException(BusErrorName.AccessDenied, $"Only root may call '{member}'.");
            }

            string sender = LibSystemd.Text(LibSystemd.MessageGetSender(message)) ?? "";
            var call = new BusCall(this, sender, path, MessageReader.ReadAll(message));
            Task<object[]> work = method.Handler(call);
            if (work.IsCompletedSuccessfully)
            {
                Reply(message, method, work.Result);
            }
            else
            {
                _ = ReplyLaterAsync(LibSystemd.MessageRef(message), method, work);
            }
        }
        catch (Exception exception)
        {
            ReplyError(message, exception);
        }
    }

    private async Task ReplyLaterAsync(nint message, BusMethod method, Task<object[]> work)
    {
        await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // When the connection has ended, nobody waits for the answer any more; what remains of the message goes with the process.
        Post(() =>
        {
            if (_bus != 0 && work.IsCompletedSuccessfully)
            {
                Reply(message, method, work.Result);
            }
            else if (_bus != 0)
            {
                ReplyError(message, work.Exception?.InnerException ?? new BusException(BusErrorName.Failed, "The work was cancelled."));
            }

            LibSystemd.MessageUnref(message);
        });
    }

    private void Reply(nint call, BusMethod method, object[] values)
    {
        if (LibSystemd.MessageGetExpectReply(call) == 0)
        {
            return;
        }

        nint reply = 0;
        try
        {
            Check(LibSystemd.MessageNewMethodReturn(call, out reply), "An answer cannot be made");
            MessageWriter.Write(reply, method.OutputSignature, values);
            Check(LibSystemd.BusSend(_bus, reply, 0), "An answer cannot be sent");
        }
        catch (BusException exception)
        {
            ReplyError(call, exception);
        }
        finally
        {
            LibSystemd.MessageUnref(reply);
        }
    }

    private unsafe void ReplyError(nint call, Exception exception)
    {
        if (LibSystemd.MessageGetExpectReply(call) == 0)
        {
            return;
        }

        var error = new LibSystemd.Error
        {
            Name = Marshal.StringToCoTaskMemUTF8((exception as BusException)?.ErrorName ?? BusErrorName.Failed),
            Message = Marshal.StringToCoTaskMemUTF8(exception.Message.Replace('\0', '?')),
        };
        try
        {
            if (LibSystemd.MessageNewMethodError(call, out nint reply, &error) >= 0)
            {
                // A caller that has gone meanwhile needs no answer.
                _ = LibSystemd.BusSend(_bus, reply, 0);
                LibSystemd.MessageUnref(reply);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(error.Name);
            Marshal.FreeCoTaskMem(error.Message);
        }
    }

    // Signals are lost while there is no bus. One that cannot be sent means that the connection has ended.
    private void Emit(string path, string interfaceName, string member, string signature, object[] values) => Post(() =>
    {
        if (_bus == 0 || LibSystemd.MessageNewSignal(_bus, out nint message, path, interfaceName, member) < 0)
        {
            return;
        }

        try
        {
            MessageWriter.Write(message, signature, values);
            Check(LibSystemd.BusSend(_bus, message, 0), $"The signal {member} cannot be sent");
        }
        finally
        {
            LibSystemd.MessageUnref(message);
        }
    });
}
